// Revocation lists that do not cover the CAs beside them, or are out of date.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { dayOf, titleOf } from '../../certificate-text.ts'
import { byDigest } from '../../pem-of.ts'
import { rule } from '../../rule.ts'
import { usedTrust } from '../../used-certificates.ts'

export const revocationList = rule({
  codes: ['SP0213', 'SP0214'],
  check: (world) => {
    const places = byDigest(world)
    return usedTrust(world).flatMap(({ trust, user }) => {
      const place = trust.crl === undefined ? undefined : places.get(trust.crl)
      if (place?.facts.content.kind !== 'crl') return []
      const { issuers, nextUpdate } = place.facts.content
      const origin = place.resource.origin(`data[${place.dataKey}]`)
      const related = [{ message: 'What uses the list.', origin: user }]
      const bare = trust.anchors.filter(({ subject }) => !issuers.includes(subject))
      return [
        ...bare.map((anchor) =>
          diagnostic(
            'SP0213',
            origin,
            `The revocation list has nothing of ${titleOf(anchor)}, so every certificate of that CA is refused.`,
            { related },
          ),
        ),
        ...(nextUpdate !== undefined && nextUpdate < world.snapshot.time
          ? [
              diagnostic(
                'SP0214',
                origin,
                `The revocation list should have been replaced by ${dayOf(nextUpdate)}.`,
                { related },
              ),
            ]
          : []),
      ]
    })
  },
})
