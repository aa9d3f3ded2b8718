// A claim as the value of a header, as Envoy's claim_to_headers writes it.
import { type Claims, claimAt } from '../jwt.ts'
import { utf8 } from './base64url.ts'

/** The text of the claim at a dotted path; undefined when there is none, or it is null or empty. Lists and objects are JSON in base64. */
export function claimText(payload: Claims, path: string): string | undefined {
  const value = claimAt(payload, path.split('.'))
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'boolean') return String(value)
  return value === undefined || value === null ? undefined : btoa(utf8(JSON.stringify(value)))
}

/** Whole numbers that 64 bits hold are written whole, others with six digits after the point. */
function numberText(value: number): string {
  if (Number.isInteger(value) && value < 2 ** 64 && value > -(2 ** 63)) return BigInt(value).toString()
  return Number.isInteger(value) ? `${BigInt(value)}.000000` : value.toFixed(6)
}
