// HTTP filters: what may stand between a listener and a route's action. FILTER_ORDER is the only list; order, union and completeness come from it.
import type { Origin } from '../diagnostics/origin.ts'
import type { Authorizer } from './authorizer.ts'
import type { JwtProvider } from './jwt.ts'
import type { StringMatch } from './match.ts'
import type { PolicySet } from './policy.ts'

/** In the order in which a request passes them. */
export const FILTER_ORDER = ['body-limit', 'rate-limit', 'ext-authz', 'jwt', 'rbac', 'fault', 'cors'] as const
export type FilterKind = (typeof FILTER_ORDER)[number]

export interface FilterConfig {
  /** 413 for a request body above `bytes`. */
  'body-limit': { readonly bytes: number }
  /** Token bucket in the proxy itself; over it 429, or `status`. */
  'rate-limit': {
    readonly tokens: number
    readonly intervalMs: number
    readonly burst: number
    readonly status: number
    /** Absent: one bucket for all. */
    readonly keyHeader?: string
  }
  /** Of managers only: an authorizer is asked about requests that a rule of the policies matches. */
  'ext-authz': { readonly policies: PolicySet; readonly authorizer: Authorizer }
  /** Of managers only: 401 for a token that does not verify; a request without one passes. Claims are for policies and routes. */
  jwt: { readonly providers: readonly JwtProvider[] }
  /** 403 `RBAC: access denied`. */
  rbac: { readonly policies: PolicySet }
  fault: {
    readonly delay?: { readonly percent: number; readonly ms: number }
    readonly abort?: { readonly percent: number; readonly status: number }
  }
  cors: {
    readonly allowOrigins: readonly StringMatch[]
    readonly allowMethods: readonly string[]
    readonly allowHeaders: readonly string[]
    readonly exposeHeaders: readonly string[]
    readonly maxAgeSeconds?: number
    readonly allowCredentials: boolean
    /** What a preflight that does not match gets. */
    readonly unmatchedPreflights: 'forward' | 'ignore'
  }
}

export type Filter<K extends FilterKind = FilterKind> = {
  readonly [P in K]: { readonly kind: P; readonly config: FilterConfig[P]; readonly origin: Origin }
}[K]
