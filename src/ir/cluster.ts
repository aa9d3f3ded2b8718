// Upstream clusters and their endpoints (Envoy cluster.v3).

import type { Code } from '../diagnostics/catalogue.ts'
import type { Origin } from '../diagnostics/origin.ts'
import type { Locality } from './locality.ts'
import type { UpstreamTls } from './tls.ts'

export interface Cluster {
  /** Istio's form where one exists: `outbound|8000||httpbin.httptools.svc.cluster.local`, `inbound|80||`. */
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  /** `http1`/`http2`: spoken to the upstream; `downstream`: as the client came; `tcp`: bytes. */
  readonly protocol: 'http1' | 'http2' | 'downstream' | 'tcp'
  readonly balancing: Balancing
  /** Present: within a priority a locality is chosen first, by weight. One that is not listed weighs as much as its endpoints. */
  readonly localityWeights?: readonly LocalityWeight[]
  /** Used for every endpoint, or with `tlsMode: 'istio'` only for those that say so (auto mTLS). */
  readonly tls?: { readonly context: UpstreamTls; readonly when: 'always' | 'endpoint-istio' }
  readonly connectTimeoutMs: number
  readonly limits?: CircuitBreakers
  /** Idle upstream connection, ms. 0: no pooling of idle ones. */
  readonly idleTimeoutMs?: number
  /** Idle connections kept for reuse. */
  readonly maxIdle?: number
  readonly maxRequestsPerConnection?: number
  readonly maxConnectionDurationMs?: number
  /** Longest wait between two reads of a response, ms (nginx proxy_read_timeout). */
  readonly readTimeoutMs?: number
  readonly outlier?: OutlierDetection
  readonly healthCheck?: HealthCheck
  /** PROXY protocol written at the start of each connection. */
  readonly proxyProtocol?: 'v1' | 'v2'
  /** What a request gets while no endpoint is usable. Default: 503, flag UH, `no healthy upstream`. */
  readonly noEndpoints?: { readonly status: number; readonly body: string }
  /** The cluster could not be built: every use of it fails closed with 503 and this reason. */
  readonly refuse?: { readonly reason: Code; readonly message: string }
  readonly origin: Origin
  /** No endpoints of its own: connects to the host and port that the request itself names (forward proxy, Istio's PassthroughCluster). */
  readonly passthrough?: true
  /** For metrics and explain: the Service behind it. */
  readonly service?: { readonly name: string; readonly namespace: string; readonly host: string }
}

export interface Endpoint {
  readonly address: string
  readonly port: number
  readonly weight?: number
  readonly healthy: boolean
  readonly locality?: Locality
  /** Requests spill over to 1 when too few of 0 are sound, and so on. Default 0. A cluster uses numbers without gaps. */
  readonly priority?: number
  /** `istio`: the endpoint has a sidecar that takes Istio mutual TLS. */
  readonly tlsMode?: 'istio'
  /** For metrics and explain. */
  readonly workload?: {
    readonly namespace: string
    readonly name: string
    readonly pod?: string
    readonly app?: string
    readonly version?: string
    /** The identity that its sidecar shows. */
    readonly principal?: string
  }
}

export interface LocalityWeight {
  readonly locality: Locality
  readonly weight: number
}

export type Balancing =
  | { readonly kind: 'round-robin' | 'least-request' | 'random' }
  | { readonly kind: 'ring-hash' | 'maglev'; readonly size?: number }

export interface CircuitBreakers {
  readonly maxConnections?: number
  readonly maxPendingRequests?: number
  readonly maxRequests?: number
  readonly maxRetries?: number
  /** Share of active requests that may be retries, in percent, with a floor. */
  readonly retryBudget?: { readonly percent: number; readonly minConcurrency: number }
}

export interface OutlierDetection {
  readonly consecutive5xx?: number
  readonly consecutiveGatewayErrors?: number
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionPercent: number
  readonly minHealthPercent?: number
}

export interface HealthCheck {
  readonly kind: 'http' | 'tcp'
  readonly path?: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
}
