// A JWT in compact form (RFC 7519) taken apart, with Envoy's words for what is wrong with it.
import { decodeBase64url, decodeObject } from './base64url.ts'

export interface ParsedToken {
  readonly alg: string
  readonly kid: string
  readonly issuer: string
  readonly audiences: readonly string[]
  /** Seconds since the epoch; 0: not said. */
  readonly notBefore: number
  readonly expires: number
  readonly payload: Readonly<Record<string, unknown>>
  /** As it stood in the token. */
  readonly payloadText: string
  /** What the signature is over. */
  readonly signed: string
  /** Bytes, one per character. */
  readonly signature: string
}

const ALGORITHMS = /^(ES256|ES384|ES512|RS256|RS384|RS512|PS256|PS384|PS512|HS256|HS384|HS512|EdDSA)$/

/** The token, or what is wrong with it. */
export function parseToken(text: string): ParsedToken | string {
  const parts = text.split('.')
  const [headerText = '', payloadText = '', signatureText = ''] = parts
  if (parts.length !== 3 || signatureText === '' || payloadText === '' || headerText === '')
    return 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'
  const header = decodeObject(headerText)
  if (header === undefined) return 'Jwt header is an invalid Base64url encoded'
  if (header === null) return 'Jwt header is an invalid JSON'
  const { alg, kid = '' } = header
  if (typeof alg !== 'string') return 'Jwt header [alg] field is required and must be a string'
  if (!ALGORITHMS.test(alg)) return 'Jwt header [alg] is not supported'
  if (typeof kid !== 'string') return 'Jwt header [kid] field is not a string'
  const payload = decodeObject(payloadText)
  if (payload === undefined) return 'Jwt payload is an invalid Base64url encoded'
  if (payload === null) return 'Jwt payload is an invalid JSON'
  const fault = claimFault(payload)
  if (fault !== undefined) return fault
  const signature = decodeBase64url(signatureText)
  if (signature === undefined) return 'Jwt signature is an invalid Base64url encoded'
  const { iss = '', aud = [], nbf = 0, exp = 0 } = payload
  return {
    alg,
    kid,
    issuer: iss as string,
    audiences: typeof aud === 'string' ? [aud] : (aud as readonly string[]),
    notBefore: Math.floor(nbf as number),
    expires: Math.floor(exp as number),
    payload,
    payloadText,
    signed: `${headerText}.${payloadText}`,
    signature,
  }
}

/** The registered claims (RFC 7519 section 4.1) have types, whether they are used or not. */
function claimFault(payload: Readonly<Record<string, unknown>>): string | undefined {
  return (
    textFault(payload, 'iss') ??
    textFault(payload, 'sub') ??
    timeFault(payload, 'iat') ??
    timeFault(payload, 'nbf') ??
    timeFault(payload, 'exp') ??
    textFault(payload, 'jti') ??
    audienceFault(payload['aud'])
  )
}

function textFault(payload: Readonly<Record<string, unknown>>, claim: string): string | undefined {
  const value = payload[claim]
  return value === undefined || typeof value === 'string'
    ? undefined
    : `Jwt payload [${claim}] field is not a string`
}

function timeFault(payload: Readonly<Record<string, unknown>>, claim: string): string | undefined {
  const value = payload[claim]
  if (value === undefined) return undefined
  if (typeof value !== 'number') return `Jwt payload [${claim}] field is not an integer`
  return value < 0 || value >= 2 ** 64
    ? `Jwt payload [${claim}] field is not a positive 64 bit integer`
    : undefined
}

function audienceFault(aud: unknown): string | undefined {
  const texts = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]
  return texts.every((one) => typeof one === 'string')
    ? undefined
    : 'Jwt payload [aud] field is not a string or string list'
}
