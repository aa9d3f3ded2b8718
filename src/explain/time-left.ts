// How long a certificate is still good, in words.
import type { CertificateFacts } from '../ir/certificate.ts'

const HOUR = 3_600_000

/** `53 days left`, `7 hours left`, `expired`. */
export function timeLeft({ notAfter }: CertificateFacts, now: number): string {
  const hours = Math.floor((notAfter - now) / HOUR)
  if (hours < 0) return 'expired'
  const [count, unit] = hours < 24 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'} left`
}
