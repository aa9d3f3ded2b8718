// Where the keys of a jwtRule are fetched, when they do not stand in it.
import type { JwtRule } from '../../resources/request-authentication.ts'
import { parseDuration } from '../istio/duration.ts'

export interface KeySource {
  /** The name of what is fetched, in snapshots. */
  readonly uri: string
  /** The document is OpenID Connect's: its jwks_uri says where the keys are. */
  readonly discovery: boolean
  readonly timeoutMs: number
}

/** Istio's default. */
const TIMEOUT_MS = 5_000

/** Undefined: the rule holds its keys, or says nothing of them. */
export function keySourceOf({
  issuer = '',
  jwks,
  jwks_uri,
  jwksUri = jwks_uri,
  timeout,
}: JwtRule): KeySource | undefined {
  if (jwks) return undefined
  const timeoutMs = parseDuration(timeout ?? '') ?? TIMEOUT_MS
  if (jwksUri) return { uri: jwksUri, discovery: false, timeoutMs }
  return /^https?:\/\//.test(issuer)
    ? { uri: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, discovery: true, timeoutMs }
    : undefined
}
