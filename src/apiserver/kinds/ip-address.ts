// Addresses of endpoints: their checks, and how they stand beside a port.
import { isIP } from 'node:net'
import type { FieldError } from '../kind.ts'
import { invalid } from '../validation/field-error.ts'

const LINK_LOCAL = /^(169\.254\.|fe[89ab][0-9a-f]:)/i
const MULTICAST = /^(22[4-9]|23\d)\.|^ff/i

/** What is wrong with the address of an endpoint. Loopback is fine here: all addresses of the embedded cluster are. */
export function addressErrors(address: string, field: string): FieldError[] {
  if (isIP(address) === 0) {
    return [invalid(field, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  }
  const wrong: [boolean, string][] = [
    [address === '0.0.0.0' || address === '::', `may not be unspecified (${address})`],
    [LINK_LOCAL.test(address), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
    [MULTICAST.test(address), 'may not be in the multicast range (224.0.0.0/4, ff00::/8)'],
  ]
  return wrong.flatMap(([is, text]) => (is ? [invalid(field, address, text)] : []))
}

/** `10.0.0.1:80`, `[::1]:80`. */
export const joinHostPort = (ip: string, port: number): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
