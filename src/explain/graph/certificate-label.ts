// A certificate in the few words that fit on an arrow.
import type { CertificateFacts } from '../../ir/certificate.ts'

const DAY = 86_400_000

/** `mycluster-0000.example, 53 days left`. */
export function certificateLabel(certificate: CertificateFacts, now: number): string {
  const name =
    certificate.commonName ??
    certificate.sans.dns[0] ??
    certificate.sans.uri[0]?.replace(/^spiffe:\/\/[^/]+\/ns\/(.+)\/sa\//, '$1/') ??
    certificate.subject
  const days = Math.floor((certificate.notAfter - now) / DAY)
  return `${name}, ${days < 0 ? 'expired' : `${days} day${days === 1 ? '' : 's'} left`}`
}
