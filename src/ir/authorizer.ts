// External authorization (Istio CUSTOM policies, Envoy ext_authz): who is asked before a request goes on, and what of the answer counts.
import type { Origin } from '../diagnostics/origin.ts'
import type { StringMatch } from './match.ts'

/** Names of header fields, lower case. */
type Names = readonly StringMatch[]

export interface Authorizer {
  /** Its name among the providers of the mesh configuration. */
  readonly name: string
  readonly protocol: 'http' | 'grpc'
  /** One of the proxy's clusters. */
  readonly cluster: string
  readonly timeoutMs: number
  /** A request goes on when there is no usable answer. */
  readonly failOpen: boolean
  /** What it gets otherwise. */
  readonly statusOnError: number
  /** Comes before the path of the request (http). */
  readonly pathPrefix: string
  /** Fields that the authorizer sees, besides Host, Content-Length and Authorization (http). */
  readonly requestHeaders: Names
  /** Fields that it gets in addition; values may hold `%VAR%` (http). */
  readonly addHeaders: readonly (readonly [name: string, value: string])[]
  /** Absent: it sees no body. A longer one is cut off, or refused with 413. */
  readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean; readonly packAsBytes: boolean }
  /** Fields of the answer that replace those of the request (http). */
  readonly upstreamOnAllow: Names
  /** Fields of the answer that the client gets with it (http). Empty: all of a refusal, none of a permission. */
  readonly downstreamOnDeny: Names
  readonly downstreamOnAllow: Names
  readonly origin: Origin
}
