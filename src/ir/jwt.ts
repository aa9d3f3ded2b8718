// Tokens that a proxy verifies (Istio RequestAuthentication, Envoy jwt_authn): who issues them, where they stand, what becomes of them.
import type { Origin } from '../diagnostics/origin.ts'

/** A public key of an issuer (RFC 7517): the members that verification reads. Symmetric keys never get here. */
export interface PublicJwk {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly kid?: string
  /** Absent: every algorithm that the key can do. */
  readonly alg?: string
  readonly n?: string
  readonly e?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
}

/** Where a token may stand. */
export interface TokenPlaces {
  /** The token is what follows `prefix`, wherever that is in the value; an empty prefix: the whole value. */
  readonly headers: readonly { readonly name: string; readonly prefix: string }[]
  readonly parameters: readonly string[]
  readonly cookies: readonly string[]
}

export interface JwtProvider {
  readonly issuer: string
  /** At least one must be in the token, compared without `http(s)://` and final slash. Empty: any. */
  readonly audiences: readonly string[]
  /** None: no token can be valid, whatever it says. */
  readonly keys: readonly PublicJwk[]
  readonly places: TokenPlaces
  /** A valid token stays in the request for the upstream. */
  readonly forward: boolean
  /** Gets the payload of a valid token as it stood there; taken away from every other request. */
  readonly payloadHeader?: string
  /** Claims (`a.b` for nested ones) of a valid token as headers; taken away from every other request. */
  readonly claimHeaders: readonly { readonly header: string; readonly claim: string }[]
  /** Claims whose text is a list of words. */
  readonly wordLists: readonly string[]
  readonly origin: Origin
}

/** The headers that only a verified token may set. */
export const tokenHeaders = ({ payloadHeader, claimHeaders }: JwtProvider): readonly string[] => [
  ...(payloadHeader === undefined ? [] : [payloadHeader]),
  ...claimHeaders.map(({ header }) => header),
]

/** The payload of a verified token; claims that are lists of words are lists. */
export type Claims = Readonly<Record<string, unknown>>

/** The value at a path of names, or undefined. */
export function claimAt(claims: Claims | undefined, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Claims)[name]
  }
  return value
}

/** The texts that a condition on a claim looks at: the claim itself, or the texts in its list. */
export function claimTexts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}
