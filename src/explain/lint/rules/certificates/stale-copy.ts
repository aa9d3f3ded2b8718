// Copies of certificates made by hand that their original has left behind.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { CertificateFacts } from '../../../../ir/certificate.ts'
import { dayOf, namesOf, titleOf } from '../../certificate-text.ts'
import { firstOf, pemPlaces } from '../../pem-of.ts'
import { rule } from '../../rule.ts'
import { groupBy } from '../../world.ts'

/** What stays the same when a certificate is renewed. Usages belong to it: a client's certificate is no renewal of a server's. */
const identityOf = (facts: CertificateFacts): string =>
  [
    facts.subject,
    facts.issuer,
    [...namesOf(facts)].sort().join(' '),
    facts.extendedKeyUsage?.join(' ') ?? '',
  ].join('|')

export const staleCopy = rule({
  codes: ['SP0209'],
  check: (world) => {
    const leaves = pemPlaces(world).flatMap((place) => {
      const leaf = firstOf(place.facts)
      return leaf === undefined || leaf.isCa || namesOf(leaf).length === 0 ? [] : [{ place, leaf }]
    })
    return [...groupBy(leaves, ({ leaf }) => identityOf(leaf)).values()].flatMap((same) => {
      const newest = same.reduce((a, b) => (b.leaf.notBefore > a.leaf.notBefore ? b : a))
      return same
        .filter(({ leaf, place }) => leaf.notBefore < newest.leaf.notBefore && place.key !== newest.place.key)
        .map(({ place, leaf }) =>
          diagnostic(
            'SP0209',
            place.resource.origin(`data[${place.dataKey}]`),
            `${place.resource.object.kind} ${place.key} key ${place.dataKey} holds the certificate of ${titleOf(leaf)} that ends on ${dayOf(leaf.notAfter)}; ${newest.place.resource.object.kind} ${newest.place.key} key ${newest.place.dataKey} holds the one that ends on ${dayOf(newest.leaf.notAfter)}.`,
            {
              related: [
                {
                  message: 'The newer one.',
                  origin: newest.place.resource.origin(`data[${newest.place.dataKey}]`),
                },
              ],
            },
          ),
        )
    })
  },
})
