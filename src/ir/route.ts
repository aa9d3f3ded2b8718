// Route tables: virtual hosts chosen by authority, routes chosen in order, and what a route does (Envoy route.v3).

import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { Filter } from './filter.ts'
import type { RouteMatch, StringMatch } from './match.ts'

/** A named table. An engine may send or swap it by virtual host: equal hosts are the same object from one model to the next. */
export interface RouteTable {
  readonly name: string
  readonly virtualHosts: readonly VirtualHost[]
  /** What a host without a virtual host gets. Default: 404, flag NR, empty body. */
  readonly fallback?: DirectResponse
  readonly origin: Origin
}

export interface VirtualHost {
  readonly name: string
  /** Lower case, without port: exact, `*.suffix`, or `*`. Exact first, then the longest suffix, then `*`. Port in Host is ignored. */
  readonly domains: readonly string[]
  /** Tried in order; the first match wins. */
  readonly routes: readonly Route[]
  /** Every plain-HTTP request is redirected: Gateway httpsRedirect, ALB redirect-to-https. */
  readonly requireTls?: { readonly status: 301 | 308 }
  /** What a request gets that no route matches. Default: 404, flag NR, empty body. */
  readonly fallback?: DirectResponse
  readonly headers?: HeaderMutations
  readonly origin: Origin
}

export interface Route {
  /** Unique in its virtual host; stands in the access log as route_name. */
  readonly name: string
  readonly match: RouteMatch
  readonly action: RouteAction
  /** In FILTER_ORDER; at most one of a kind. */
  readonly filters?: readonly Filter[]
  readonly headers?: HeaderMutations
  readonly origin: Origin
}

export type RouteAction = Forward | Redirect | DirectResponse | Fail

export interface Forward {
  readonly kind: 'forward'
  /** One, or several chosen by weight (relative; 0 means never). */
  readonly clusters: readonly WeightedCluster[]
  readonly rewrite?: Rewrite
  /** Whole request, milliseconds; 0 or absent: none. 504, flag UT. */
  readonly timeoutMs?: number
  /** Longest silence on a stream, ms; overrides the listener's. */
  readonly idleTimeoutMs?: number
  readonly retry?: RetryPolicy
  readonly mirrors?: readonly { readonly cluster: string; readonly percent: number }[]
  /** For consistent-hash and sticky clusters: the first that yields a value is used. */
  readonly hash?: readonly HashSource[]
}

export interface WeightedCluster {
  readonly cluster: string
  readonly weight: number
  readonly headers?: HeaderMutations
  readonly origin: Origin
}

export interface Rewrite {
  readonly path?:
    | { readonly kind: 'replace-prefix'; readonly value: string }
    | { readonly kind: 'replace-full'; readonly value: string }
    /** RE2 pattern and a replacement with `\1`. */
    | { readonly kind: 'regex'; readonly pattern: string; readonly value: string }
  /** The authority that the upstream sees. */
  readonly authority?: string
}

export interface RetryPolicy {
  /** Tries after the first. */
  readonly attempts: number
  /** Envoy's names: `connect-failure`, `refused-stream`, `unavailable`, `cancelled`, `5xx`, `gateway-error`, `reset`, `reset-before-request`, `retriable-4xx`, … */
  readonly on: readonly string[]
  readonly statusCodes?: readonly number[]
  readonly perTryTimeoutMs?: number
  /** First back-off, ms (default 25); doubled, jittered, at most ten times it. */
  readonly backoffMs?: number
  /** How often another endpoint is drawn when the one chosen was tried already. */
  readonly hostReselect?: number
  /** Every second try goes to priorities that have had none (Envoy's previous_priorities). */
  readonly otherPriorities?: true
}

export type HashSource =
  | { readonly kind: 'header'; readonly name: string }
  /** With a ttl the cookie is set when the client has none. */
  | {
      readonly kind: 'cookie'
      readonly name: string
      readonly ttlSeconds?: number
      readonly path?: string
      readonly secure?: boolean
      readonly httpOnly?: boolean
    }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query'; readonly name: string }

export interface Redirect {
  readonly kind: 'redirect'
  readonly status: 301 | 302 | 303 | 307 | 308
  readonly scheme?: string
  readonly authority?: string
  /** Absent: none is written; `request`: that of the request. */
  readonly port?: number | 'request' | 'scheme-default'
  readonly path?: { readonly kind: 'replace-full' | 'replace-prefix'; readonly value: string }
}

export interface DirectResponse {
  readonly kind: 'direct-response'
  readonly status: number
  readonly body?: string
  readonly contentType?: string
}

/** A route that could not be built: fails closed with a status and a reason code, instead of being left out. */
export interface Fail {
  readonly kind: 'fail'
  readonly status: number
  readonly reason: Code
  readonly message: string
}

/** Applied in the order remove, set, add. Names are lower case. Values may hold `%VAR%` of Envoy's access-log format. */
export interface HeaderMutations {
  readonly request?: HeaderMutation
  readonly response?: HeaderMutation
}
export interface HeaderMutation {
  readonly set?: readonly (readonly [name: string, value: string])[]
  readonly add?: readonly (readonly [name: string, value: string])[]
  readonly remove?: readonly string[]
}

export type { StringMatch }
