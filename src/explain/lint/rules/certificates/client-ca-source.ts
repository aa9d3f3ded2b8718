// Where the client CA of a MUTUAL server comes from, when there is more than one candidate or the wrong one.
import { type Diagnostic, diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { PemFacts } from '../../../../ir/certificate.ts'
import type { PemIndex } from '../../../../resources/snapshot.ts'
import { titleOf } from '../../certificate-text.ts'
import { firstOf } from '../../pem-of.ts'
import { rule } from '../../rule.ts'
import { usedCertificates, usedTrust } from '../../used-certificates.ts'

const SUFFIX = '-cacert'
const caOf = (index: PemIndex | undefined): PemFacts | undefined =>
  index?.get('cacert') ?? index?.get('ca.crt')

export const clientCaSource = rule({
  codes: ['SP0211', 'SP0212'],
  check: (world) => {
    const certificates = usedCertificates(world).filter(({ as }) => as === 'server')
    const seen = new Set<string>()
    return usedTrust(world).flatMap(({ trust, of, user }): readonly Diagnostic[] => {
      const suffixed = /^kubernetes:\/\/(.+)$/.exec(trust.name)?.[1]
      if (of !== 'client' || suffixed === undefined || !suffixed.endsWith(SUFFIX) || seen.has(suffixed))
        return []
      seen.add(suffixed)
      const plain = suffixed.slice(0, -SUFFIX.length)
      const own = caOf(world.snapshot.pem.get(`Secret ${suffixed}`))
      const other = caOf(world.snapshot.pem.get(`Secret ${plain}`))
      const server = certificates.find(({ ref }) => ref.name === `kubernetes://${plain}`)
      if (own !== undefined && other !== undefined && own.digest !== other.digest) {
        return [
          diagnostic(
            'SP0211',
            user,
            `Secret ${suffixed} and Secret ${plain} hold different client CAs; ${suffixed} is used.`,
            {
              related: [{ message: 'The CA that is used.', origin: trust.origin }],
            },
          ),
        ]
      }
      const anchor = own === undefined && other !== undefined ? firstOf(other) : undefined
      if (anchor === undefined || server === undefined || server.ref.leaf.issuer !== anchor.subject) return []
      return [
        diagnostic(
          'SP0212',
          user,
          `Secret ${suffixed} does not exist, so clients are verified against ${titleOf(anchor)} from Secret ${plain}, the issuer of the server certificate.`,
          { related: [{ message: 'The CA that is used.', origin: trust.origin }] },
        ),
      ]
    })
  },
})
