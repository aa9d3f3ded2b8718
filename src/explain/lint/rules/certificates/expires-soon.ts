// Certificates and anchors near their end. Those past it are refused by compile already.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import type { CertificateFacts } from '../../../../ir/certificate.ts'
import { dayOf, titleOf } from '../../certificate-text.ts'
import { rule } from '../../rule.ts'
import { usedCertificates, usedTrust } from '../../used-certificates.ts'

const DAY = 86_400_000
/** Issuers renew at 30 days before the end: half of that means that nobody did. */
const WARN_DAYS = 14

function isNear({ notBefore, notAfter }: CertificateFacts, now: number): boolean {
  const left = notAfter - now
  // A certificate made to live for days is near its end in its last third only.
  return left >= 0 && left < Math.min(WARN_DAYS * DAY, (notAfter - notBefore) / 3)
}

const text = (facts: CertificateFacts, now: number): string =>
  `${titleOf(facts)} expires on ${dayOf(facts.notAfter)}, in ${Math.floor((facts.notAfter - now) / DAY)} day(s).`

export const expiresSoon = rule({
  codes: ['SP0208'],
  check: (world) => {
    const now = world.snapshot.time
    const near = [
      ...usedCertificates(world).flatMap(({ ref }) =>
        [ref.leaf, ...(ref.intermediates ?? [])].map((facts) => ({
          facts,
          origin: ref.origin,
          what: 'The certificate',
        })),
      ),
      ...usedTrust(world).flatMap(({ trust }) =>
        trust.anchors.map((facts) => ({ facts, origin: trust.origin, what: 'The trust anchor' })),
      ),
    ].filter(({ facts }) => isNear(facts, now))
    return near.map(({ facts, origin, what }) => diagnostic('SP0208', origin, `${what} ${text(facts, now)}`))
  },
})
