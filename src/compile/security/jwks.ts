// A JSON Web Key Set (RFC 7517) as the public keys that tokens are verified with. What is no such key is left out, as Envoy does.
import type { PublicJwk } from '../../ir/jwt.ts'

type Plain = Readonly<Record<string, unknown>>

/** The algorithms of a kind of key, or of its curve (RFC 7518 section 3.1, RFC 8037). */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'P-256': ['ES256'],
  'P-384': ['ES384'],
  'P-521': ['ES512'],
  Ed25519: ['EdDSA'],
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function usable(value: unknown): readonly PublicJwk[] {
  if (!isPlain(value) || value['use'] === 'enc') return []
  const { kty, kid, alg, crv } = value
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return []
  const able = ALGORITHMS[kty === 'RSA' ? kty : String(crv)]
  if (able === undefined || (alg !== undefined && !able.includes(String(alg)))) return []
  if (kid !== undefined && typeof kid !== 'string') return []
  const parts = kty === 'RSA' ? ['n', 'e'] : kty === 'EC' ? ['x', 'y'] : ['x']
  if (!parts.every((part) => /^[\w-]+$/.test(typeof value[part] === 'string' ? value[part] : ''))) return []
  return [
    {
      kty,
      ...(kid === undefined ? {} : { kid }),
      ...(alg === undefined ? {} : { alg: String(alg) }),
      ...(kty === 'RSA' ? {} : { crv: String(crv) }),
      ...Object.fromEntries(parts.map((part) => [part, String(value[part])])),
    },
  ]
}

/** The keys of a set, or why there are none. */
export function parseJwks(text: string): readonly PublicJwk[] | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'The key set is no JSON.'
  }
  const listed = isPlain(value) ? value['keys'] : undefined
  if (!Array.isArray(listed)) return 'The key set has no list "keys".'
  const keys = listed.flatMap(usable)
  return keys.length > 0
    ? keys
    : `None of the ${listed.length} keys in the set is a public RSA, EC or Ed25519 key for signatures.`
}
