// A cluster at run time: it picks endpoints, keeps within its limits and lends connections.
import type { Cluster } from '../../../../ir/cluster.ts'
import type { Locate } from '../../../engine.ts'
import { monotonic, type Sweeper } from '../clock.ts'
import { makeBalancer } from './balancer.ts'
import type { Balancer } from './candidate.ts'
import type { ClientTls } from './client-tls.ts'
import type { DialRequest } from './dial.ts'
import { type ConnectionBudget, EndpointPool, type PoolRules } from './endpoint-pool.ts'
import { EndpointState } from './endpoint-state.ts'
import { countOutcome, endEjections } from './outlier.ts'

/** What clusters of an engine share. */
export interface UpstreamEnvironment {
  readonly locate: Locate
  readonly sweeper: Sweeper
  readonly random: () => number
}

const DEFAULT_IDLE_MS = 60_000
const DEFAULT_MAX_IDLE = 1024

export class ClusterState implements ConnectionBudget {
  source: Cluster
  /** The context for `source.tls`, or why there is none. */
  tls: ClientTls | undefined
  tlsProblem: string | undefined
  requests = 0
  retries = 0
  connections = 0

  private readonly environment: UpstreamEnvironment
  private endpoints: EndpointState[] = []
  private balancer: Balancer
  private tlsKey = ''

  constructor(
    source: Cluster,
    tls: ClientTls | undefined,
    tlsKey: string,
    tlsProblem: string | undefined,
    environment: UpstreamEnvironment,
  ) {
    this.source = source
    this.tls = tls
    this.tlsKey = tlsKey
    this.tlsProblem = tlsProblem
    this.environment = environment
    this.endpoints = source.endpoints.map((endpoint) => new EndpointState(endpoint))
    this.balancer = makeBalancer(source.balancing, this.endpoints, environment.random)
  }

  /** Takes a changed cluster: endpoints that stay keep their connections, unless the TLS identity changed. */
  update(source: Cluster, tls: ClientTls | undefined, tlsKey: string, tlsProblem: string | undefined): void {
    const before = new Map(this.endpoints.map((endpoint) => [endpoint.key, endpoint]))
    const keep = this.tlsKey === tlsKey && this.source.proxyProtocol === source.proxyProtocol
    this.source = source
    this.tls = tls
    this.tlsKey = tlsKey
    this.tlsProblem = tlsProblem
    this.endpoints = source.endpoints.map((endpoint) => {
      const state = before.get(`${endpoint.address}:${endpoint.port}`)
      if (state === undefined) return new EndpointState(endpoint)
      before.delete(state.key)
      const sameTls = state.source.tlsMode === endpoint.tlsMode
      state.source = endpoint
      if (!keep || !sameTls) state.drain()
      return state
    })
    for (const gone of before.values()) gone.drain()
    this.balancer = makeBalancer(source.balancing, this.endpoints, this.environment.random)
  }

  /** An endpoint for a request; undefined: none is usable. `tried` holds keys of those that failed it. */
  pick(hash: number | undefined, tried: ReadonlySet<string> | undefined): EndpointState | undefined {
    if (this.source.outlier !== undefined) endEjections(this.endpoints, monotonic())
    let avoid: Set<number> | undefined
    if (tried !== undefined && tried.size > 0) {
      avoid = new Set()
      for (const [index, { key }] of this.endpoints.entries()) if (tried.has(key)) avoid.add(index)
    }
    const index = this.balancer.pick(hash, avoid) ?? (avoid && this.balancer.pick(hash, undefined))
    return index === undefined ? undefined : this.endpoints[index]
  }

  /** The connections to an endpoint that a request to `host` may use. */
  pool(endpoint: EndpointState, host: string): EndpointPool {
    const tls = this.tlsFor(endpoint)
    const key = tls === undefined ? '' : `tls ${tls.variant(host)}`
    let pool = endpoint.pools.get(key)
    if (pool === undefined) {
      pool = new EndpointPool(this.poolRules(endpoint, tls, host), this, this.environment.sweeper)
      endpoint.pools.set(key, pool)
    }
    return pool
  }

  /** How to reach an endpoint. */
  dialRequest(endpoint: EndpointState, tls: ClientTls | undefined, host: string): DialRequest {
    const { host: address, port } = this.environment.locate(endpoint.source.address, endpoint.source.port)
    return { host: address, port, tls, requestHost: host, connectTimeoutMs: this.source.connectTimeoutMs }
  }

  /** The TLS context for an endpoint; undefined: plaintext. */
  tlsFor(endpoint: EndpointState): ClientTls | undefined {
    const { tls } = this.source
    if (tls === undefined || (tls.when === 'endpoint-istio' && endpoint.source.tlsMode !== 'istio'))
      return undefined
    return this.tls
  }

  /** Why no request may use this cluster at all. */
  get refusal(): string | undefined {
    return this.source.refuse?.message ?? this.tlsProblem
  }

  /** Counts a request in; false: over the limit. */
  admit(): boolean {
    const { limits } = this.source
    if (limits?.maxRequests !== undefined && this.requests >= limits.maxRequests) return false
    this.requests++
    return true
  }

  /** Counts a retry in; false: over the limit or the budget. */
  admitRetry(): boolean {
    const { limits } = this.source
    if (limits?.retryBudget !== undefined) {
      const { percent, minConcurrency } = limits.retryBudget
      if (this.retries >= Math.max(minConcurrency, (this.requests * percent) / 100)) return false
    } else if (limits?.maxRetries !== undefined && this.retries >= limits.maxRetries) return false
    this.retries++
    return true
  }

  /** Tells outlier detection how a try ended; 0: no response. */
  outcome(endpoint: EndpointState, status: number): void {
    const { outlier } = this.source
    if (outlier !== undefined) countOutcome(outlier, endpoint, this.endpoints, status, monotonic())
  }

  open(): boolean {
    const limit = this.source.limits?.maxConnections
    if (limit !== undefined && this.connections >= limit) return false
    this.connections++
    return true
  }

  closed(): void {
    this.connections--
  }

  drain(): void {
    for (const endpoint of this.endpoints) endpoint.drain()
  }

  destroy(): void {
    for (const endpoint of this.endpoints) endpoint.destroy()
  }

  private poolRules(endpoint: EndpointState, tls: ClientTls | undefined, host: string): PoolRules {
    const { source } = this
    return {
      dial: { ...this.dialRequest(endpoint, tls, host), alpn: http1Alpn(tls) },
      idleTimeoutMs: source.idleTimeoutMs ?? DEFAULT_IDLE_MS,
      maxIdle: source.maxIdle ?? DEFAULT_MAX_IDLE,
      maxRequestsPerConnection: source.maxRequestsPerConnection ?? 0,
      maxConnectionDurationMs: source.maxConnectionDurationMs ?? 0,
    }
  }
}

/** What is offered on a connection that speaks HTTP/1.1: never HTTP/2, which the server might choose. */
function http1Alpn(tls: ClientTls | undefined): readonly string[] {
  return (tls?.settings.alpn ?? []).filter((protocol) => protocol !== 'h2' && protocol !== 'istio-h2')
}
