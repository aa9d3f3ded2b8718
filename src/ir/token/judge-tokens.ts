// What providers make of the tokens of a request, as Envoy's jwt_authn under Istio does: no token passes, a bad one is refused, a good one
// brings its claims. Pure: the check of a signature is handed in.
import { type Claims, type JwtProvider, type PublicJwk, tokenHeaders } from '../jwt.ts'
import { utf8 } from './base64url.ts'
import { claimText } from './claim-text.ts'
import { type FoundToken, findTokens, type TokenCarrier } from './find-tokens.ts'
import { type ParsedToken, parseToken } from './parse-token.ts'

/** Whether `signature` (bytes, one per character) over `signed` is of this key by this algorithm. */
export type VerifySignature = (key: PublicJwk, alg: string, signed: string, signature: string) => boolean

/** A change of the request that goes on. */
export type RequestEdit =
  | { readonly kind: 'remove-header' | 'remove-parameter'; readonly name: string }
  | { readonly kind: 'set-header' | 'add-header'; readonly name: string; readonly value: string }

export interface TokenVerdict {
  /** In order; also to be done when the request is refused. */
  readonly edits: readonly RequestEdit[]
  /** Of the token that was accepted. */
  readonly claims?: Claims
  readonly provider?: JwtProvider
  /** 401, or 403 for a token meant for others. */
  readonly refusal?: { readonly status: number; readonly text: string }
}

/** What is known of a moment and of keys. */
export interface Verification {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly verify: VerifySignature
}

/** Envoy's kClockSkewInSecond. */
const SKEW_SECONDS = 60
const UNKNOWN_ISSUER = 'Jwt issuer is not configured'
const WRONG_AUDIENCE = 'Audiences in Jwt are not allowed'
const NO_KEY = "Jwks doesn't have key to match kid or alg from Jwt"

/**
 * Providers are asked in turn, and the first that accepts decides. When none does, the request is refused with the reason of the first
 * that knows the issuer; without any token it passes.
 */
export function judgeTokens(
  providers: readonly JwtProvider[],
  request: TokenCarrier,
  verification: Verification,
): TokenVerdict {
  const edits: RequestEdit[] = providers
    .flatMap(tokenHeaders)
    .map((name) => ({ kind: 'remove-header', name }))
  const reasons: string[] = []
  let claims: Claims | undefined
  for (const provider of providers) {
    const tokens = findTokens(request, provider.places).filter(({ remove }) => !isGone(edits, remove))
    let reason: string | undefined
    for (const { text, remove } of tokens) {
      const token = parseToken(text)
      reason = typeof token === 'string' ? token : tokenFault(token, provider, verification)
      if (typeof token === 'string' || reason !== undefined) break
      if (remove !== undefined && !provider.forward) edits.push(remove)
      edits.push(...outputs(provider, token))
      claims ??= withLists(token.payload, provider.wordLists)
    }
    if (reason !== undefined) reasons.push(reason)
    else if (claims !== undefined && tokens.length > 0) return { edits, claims, provider }
  }
  const [first] = reasons
  if (first === undefined) return { edits }
  const text = reasons.find((one) => one !== UNKNOWN_ISSUER) ?? first
  return { edits, refusal: { status: text === WRONG_AUDIENCE ? 403 : 401, text } }
}

const isGone = (edits: readonly RequestEdit[], place: FoundToken['remove']): boolean =>
  place !== undefined && edits.some(({ kind, name }) => kind === place.kind && name === place.name)

function tokenFault(
  token: ParsedToken,
  provider: JwtProvider,
  { now, verify }: Verification,
): string | undefined {
  if (token.issuer !== provider.issuer) return UNKNOWN_ISSUER
  const seconds = Math.floor(now / 1000)
  if (token.notBefore > seconds + SKEW_SECONDS) return 'Jwt not yet valid'
  if (token.expires !== 0 && seconds > token.expires + SKEW_SECONDS) return 'Jwt is expired'
  if (!isFor(token.audiences, provider.audiences)) return WRONG_AUDIENCE
  const candidates = provider.keys.filter(
    ({ kid, alg }) =>
      (kid === undefined || token.kid === '' || kid === token.kid) &&
      (alg === undefined || alg === token.alg),
  )
  if (candidates.length === 0) return NO_KEY
  return candidates.some((key) => verify(key, token.alg, token.signed, token.signature))
    ? undefined
    : 'Jwt verification fails'
}

const plainAudience = (text: string): string => text.replace(/^https?:\/\//, '').replace(/\/$/, '')

function isFor(given: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true
  const known = new Set(wanted.map(plainAudience))
  return given.some((one) => known.has(plainAudience(one)))
}

function outputs({ payloadHeader, claimHeaders }: JwtProvider, token: ParsedToken): readonly RequestEdit[] {
  return [
    ...(payloadHeader === undefined
      ? []
      : [{ kind: 'set-header' as const, name: payloadHeader, value: token.payloadText }]),
    ...claimHeaders.flatMap(({ header, claim }): RequestEdit[] => {
      const text = claimText(token.payload, claim)
      return text === undefined ? [] : [{ kind: 'add-header', name: header, value: utf8(text) }]
    }),
  ]
}

function withLists(payload: Claims, names: readonly string[]): Claims {
  const lists = names.flatMap((name) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined
    return typeof value === 'string' ? [[name, value.split(' ').filter((word) => word !== '')]] : []
  })
  return lists.length === 0 ? payload : { ...payload, ...Object.fromEntries(lists) }
}
