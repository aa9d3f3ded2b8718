// RequestAuthentication (security.istio.io): the fields that are read.
import type { KubeObject } from './object.ts'

export interface RequestAuthentication extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly targetRef?: unknown
    readonly targetRefs?: readonly unknown[]
    readonly jwtRules?: readonly JwtRule[]
  }
}

export interface JwtRule {
  readonly issuer?: string
  readonly audiences?: readonly string[]
  readonly jwksUri?: string
  /** The older spelling. */
  readonly jwks_uri?: string
  /** Instead of jwksUri: the keys themselves. */
  readonly jwks?: string
  readonly fromHeaders?: readonly { readonly name?: string; readonly prefix?: string }[]
  readonly fromParams?: readonly string[]
  readonly fromCookies?: readonly string[]
  readonly outputPayloadToHeader?: string
  readonly outputClaimToHeaders?: readonly { readonly header?: string; readonly claim?: string }[]
  readonly forwardOriginalToken?: boolean
  /** For fetching jwksUri. */
  readonly timeout?: string
  readonly spaceDelimitedClaims?: readonly string[]
}
