// Certificates and their names in messages.
import type { CertificateFacts } from '../../ir/certificate.ts'
import { dnsNameMatches } from '../verify.ts'

/** `mycluster.example`, else the subject. */
export const titleOf = (facts: CertificateFacts): string =>
  facts.commonName ??
  (facts.subject || (facts.sans.dns[0] ?? facts.sans.uri[0] ?? 'a certificate without a name'))

/** All DNS names and addresses, or the common name where there are none. */
export function namesOf({ sans, commonName }: CertificateFacts): readonly string[] {
  const names = [...sans.dns, ...sans.ip]
  return names.length === 0 && commonName !== undefined ? [commonName] : names
}

/** Whether the certificate is good for a host; a wildcard host needs the same wildcard. */
export function covers(certificate: CertificateFacts, host: string): boolean {
  return namesOf(certificate).some((name) =>
    host.startsWith('*.') ? name.toLowerCase() === host : dnsNameMatches(name, host),
  )
}

/** `2026-04-15`. */
export const dayOf = (ms: number): string => {
  // Civil date from days since the epoch: this layer has no clock and no calendar.
  const shifted = Math.floor(ms / 86_400_000) + 719_468
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const month = Math.floor((5 * ofYear + 2) / 153)
  const two = (value: number): string => String(value).padStart(2, '0')
  const calendar = month < 10 ? month + 3 : month - 9
  return `${year + era * 400 + (calendar <= 2 ? 1 : 0)}-${two(calendar)}-${two(ofYear - Math.floor((153 * month + 2) / 5) + 1)}`
}
