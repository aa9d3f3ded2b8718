// Listeners and filter chains: which connection gets which certificate, and what handles it (Envoy listener.v3).

import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { Filter } from './filter.ts'
import type { PolicySet } from './policy.ts'
import type { RouteTable } from './route.ts'
import type { DownstreamTls } from './tls.ts'
import type { Tracing } from './tracing.ts'

export interface Listener {
  /** `0.0.0.0_8443`, as Envoy names them; unique in its proxy and stable. */
  readonly name: string
  /**
   * Every (address, port) at which it can be reached: the replicas' own addresses at the port they listen on, and the Service and
   * load balancer addresses in front of them at the Service's port. Logical: an engine maps them with `locate`.
   */
  readonly binds: readonly Bind[]
  /** A connection takes the chain with the most specific match: exact SNI, longest wildcard, then transport, then no condition. None: closed, NR filter_chain_not_found. */
  readonly filterChains: readonly FilterChain[]
  /** A PROXY protocol header (v1 or v2) is expected before anything else. */
  readonly proxyProtocol?: boolean
  readonly origin: Origin
}

export interface Bind {
  readonly address: string
  readonly port: number
}

export interface FilterChainMatch {
  /** Exact names or `*.suffix` (any depth), lower case. Absent: any SNI, or none. */
  readonly serverNames?: readonly string[]
  /** As peeked by the TLS inspector. Absent: either. */
  readonly transport?: 'tls' | 'plaintext'
  /** At least one offered by the client. */
  readonly alpn?: readonly string[]
}

export interface FilterChain {
  readonly name: string
  readonly match: FilterChainMatch
  /** Absent: bytes are taken as they come. */
  readonly tls?: DownstreamTls
  readonly handler: HttpManager | TcpProxy
  /** Fail closed: the chain is there (no other takes its names) but every handshake on it is refused. */
  readonly refuse?: { readonly reason: Code; readonly message: string }
  readonly origin: Origin
}

export interface TcpProxy {
  readonly kind: 'tcp'
  readonly statPrefix: string
  /** Weighted as in routes. */
  readonly clusters: readonly { readonly cluster: string; readonly weight: number }[]
  readonly idleTimeoutMs?: number
  readonly policies?: PolicySet
  /** How its connections are logged. Default: Istio's text. */
  readonly connectionLog?: AccessLogFormat
}

/** Envoy's HTTP connection manager. */
export interface HttpManager {
  readonly kind: 'http'
  readonly statPrefix: string
  readonly routes: RouteTable
  /** For every request, before those of the route; in FILTER_ORDER. */
  readonly filters?: readonly Filter[]
  /** `alb`: headers, error pages and log of the IKS ALB (nginx); `istio`: those of Envoy in Istio. */
  readonly profile: 'alb' | 'istio'
  /** The Server header of responses: replaced, taken away, or left. */
  readonly server:
    | { readonly mode: 'overwrite'; readonly value: string }
    | { readonly mode: 'remove' | 'pass-through' }
  readonly forwardClientCert: ForwardClientCert
  /** The peer is the client (edge), or the last `trustedHops` X-Forwarded-For entries are ours. */
  readonly clientAddress: { readonly useRemoteAddress: boolean; readonly trustedHops: number }
  readonly path: PathNormalization
  /** Upgrades that are passed through, lower case: `websocket`, … `*`: all. */
  readonly upgrades: readonly string[]
  readonly http2?: boolean
  readonly limits: HttpLimits
  readonly accessLog: AccessLogFormat
  /** CEL over LOG_ATTRIBUTES: requests for which it is not true are not logged. */
  readonly accessLogFilter?: string
  readonly tracing?: Tracing
  /** A Host that differs from the SNI's chain: Istio's 404, or 421. */
  readonly misdirected?: 404 | 421
  /** Takes absolute-form and CONNECT requests as a forward proxy (sidecar outbound). */
  readonly forwardProxy?: boolean
  /** Sends x-sallyport-reason on responses that the proxy itself makes. */
  readonly reasonHeader?: boolean
}

export type AccessLogFormat = 'istio-text' | 'istio-json' | 'iks-json' | 'off'

/** What happens to x-forwarded-client-cert (Envoy forward_client_cert_details). */
export interface ForwardClientCert {
  readonly mode: 'sanitize' | 'forward-only' | 'append-forward' | 'sanitize-set' | 'always-forward-only'
  readonly details: readonly ('subject' | 'cert' | 'chain' | 'dns' | 'uri')[]
}

/** Istio's levels: NONE, BASE (dot segments, backslash), MERGE_SLASHES (also `//`), DECODE_AND_MERGE_SLASHES (also %2F, %5C). */
export type PathNormalization = 'none' | 'base' | 'merge-slashes' | 'decode-and-merge-slashes'

/** All in bytes, counts or milliseconds; 0 means no limit. */
export interface HttpLimits {
  readonly maxHeaderBytes: number
  readonly maxHeaders: number
  readonly requestHeadersTimeoutMs: number
  /** Client keep-alive. */
  readonly idleTimeoutMs: number
  readonly streamIdleTimeoutMs: number
  readonly maxRequestsPerConnection: number
  readonly maxConcurrentStreams: number
}
