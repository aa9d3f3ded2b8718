// A certificate in the few words that fit on an arrow.
import type { CertificateFacts } from '../../ir/certificate.ts'
import { timeLeft } from '../time-left.ts'

/** `mycluster-0000.example, 53 days left`. */
export function certificateLabel(certificate: CertificateFacts, now: number): string {
  const name =
    certificate.commonName ??
    certificate.sans.dns[0] ??
    certificate.sans.uri[0]?.replace(/^spiffe:\/\/[^/]+\/ns\/(.+)\/sa\//, '$1/') ??
    certificate.subject
  return `${name}, ${timeLeft(certificate, now)}`
}
