// A cluster at run time: it picks endpoints, keeps within its limits and lends connections.
import type { Cluster } from '../../../../ir/cluster.ts'
import type { Locate } from '../../../engine.ts'
import type { Addresses } from '../client-connection.ts'
import type { Sweeper } from '../clock.ts'
import type { ClientTls } from './client-tls.ts'
import { http1Alpn, http2Alpn, poolKey } from './connection-kind.ts'
import { type DialRequest, placeOf } from './dial.ts'
import {
  type ConnectionBudget,
  EndpointPool,
  type Joining,
  type Pool,
  type PoolRules,
} from './endpoint-pool.ts'
import { EndpointSet } from './endpoint-set.ts'
import { EndpointState } from './endpoint-state.ts'
import { HealthChecker } from './health-checker.ts'
import { Http2Pool } from './http2-pool.ts'
import type { PreviousPriorities } from './previous-priorities.ts'

/** What clusters of an engine share. */
export interface UpstreamEnvironment {
  readonly locate: Locate
  readonly sweeper: Sweeper
  readonly random: () => number
  /** Absent: every hop goes over a socket. */
  readonly joining?: Joining | undefined
}

/** What of a request decides which connections it may use. */
export interface PoolUse {
  /** Without port, as TLS names follow it. */
  readonly host: string
  readonly client: Addresses
  /** The client speaks HTTP/2. */
  readonly http2: boolean
}

const DEFAULT_IDLE_MS = 60_000
const DEFAULT_MAX_IDLE = 1024
/** Where no limit is set none is meant (Istio); this one keeps a stalled upstream from filling the memory. */
const DEFAULT_MAX_WAITING = 65_536

/** Host (an IPv6 address without its brackets) and port of an authority. */
const NAMED = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:]+))(?::(\d{1,5}))?$/
/** Endpoints that requests named, kept for their connections. */
const MAX_NAMED = 256
/** Pools of one endpoint: where TLS follows the name that a request asks for, clients choose how many there are. */
const MAX_POOLS = 256

export class ClusterState implements ConnectionBudget {
  source: Cluster
  /** The context for `source.tls`, or why there is none. */
  tls: ClientTls | undefined
  tlsProblem: string | undefined
  requests = 0
  retries = 0
  /** Requests that wait for a connection. */
  waiting = 0
  connections = 0

  private readonly environment: UpstreamEnvironment
  private readonly endpoints: EndpointSet
  /** Of a passthrough cluster: those that requests named. */
  private readonly named = new Map<string, EndpointState>()
  private checker: HealthChecker | undefined
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
    this.endpoints = new EndpointSet(source, environment.random)
    this.checkHealth()
  }

  /** Takes a changed cluster: endpoints that stay keep their connections, unless the TLS identity changed. */
  update(source: Cluster, tls: ClientTls | undefined, tlsKey: string, tlsProblem: string | undefined): void {
    const keep = this.tlsKey === tlsKey && sameConnections(this.source, source)
    this.source = source
    this.tls = tls
    this.tlsKey = tlsKey
    this.tlsProblem = tlsProblem
    if (source.passthrough === true) return
    const gone = this.endpoints.update(source, (state, before) => {
      if (!keep || before.tlsMode !== state.source.tlsMode) state.drain()
    })
    for (const endpoint of gone) endpoint.drain()
    this.checkHealth()
  }

  /**
   * An endpoint for a request to `authority`; undefined: none is usable. `tried` holds keys of those that failed it, `previous` the priorities
   * that it went to, when it is to leave them.
   */
  pick(
    hash: number | undefined,
    tried: ReadonlySet<string> | undefined,
    authority: string,
    previous?: PreviousPriorities,
  ): EndpointState | undefined {
    return this.source.passthrough === true
      ? this.endpointNamed(authority)
      : this.endpoints.pick(hash, tried, previous)
  }

  /** The connections to an endpoint that a request may use. */
  pool(endpoint: EndpointState, use: PoolUse): Pool {
    const tls = this.tlsFor(endpoint)
    const http2 = this.source.protocol === 'http2' || (this.source.protocol === 'downstream' && use.http2)
    if (this.source.proxyProtocol !== undefined) {
      // A connection tells of one client, so it serves one request.
      const { dial, ...rules } = this.poolRules(endpoint, tls, use.host, http2)
      const own = { ...rules, dial: { ...dial, source: use.client }, maxRequestsPerConnection: 1 }
      return this.newPool(own, http2)
    }
    const key = poolKey(http2, tls, use.host)
    let pool = endpoint.pools.get(key)
    if (pool === undefined) {
      if (endpoint.pools.size >= MAX_POOLS) endpoint.drainOldest()
      pool = this.newPool(this.poolRules(endpoint, tls, use.host, http2), http2)
      endpoint.pools.set(key, pool)
    }
    return pool
  }

  /** How to reach an endpoint. */
  dialRequest(endpoint: EndpointState, tls: ClientTls | undefined, host: string): DialRequest {
    const { host: address, port } = this.environment.locate(endpoint.source.address, endpoint.source.port)
    const { connectTimeoutMs, proxyProtocol } = this.source
    return {
      host: address,
      port,
      tls,
      place: placeOf(address, port),
      requestHost: host,
      connectTimeoutMs,
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    }
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

  /** Counts in a request that has to wait for a connection; false: too many do. */
  admitWaiting(): boolean {
    if (this.waiting >= (this.source.limits?.maxPendingRequests ?? DEFAULT_MAX_WAITING)) return false
    this.waiting++
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
    this.endpoints.outcome(endpoint, status)
  }

  open(first = false): boolean {
    const limit = this.source.limits?.maxConnections
    if (limit !== undefined && this.connections >= limit && !first) return false
    this.connections++
    return true
  }

  closed(): void {
    this.connections--
  }

  /** Of all its pools: connections that carry nothing, and requests that wait for one. */
  get pooled(): { readonly idle: number; readonly pending: number } {
    let idle = 0
    let pending = 0
    for (const { pools } of this.everyEndpoint()) {
      for (const pool of pools.values()) {
        idle += pool.idle
        pending += pool.pending
      }
    }
    return { idle, pending }
  }

  drain(): void {
    this.checker?.stop()
    for (const endpoint of this.everyEndpoint()) endpoint.drain()
  }

  destroy(): void {
    this.checker?.stop()
    for (const endpoint of this.everyEndpoint()) endpoint.destroy()
  }

  private checkHealth(): void {
    const { healthCheck, name } = this.source
    this.checker?.stop()
    this.checker = undefined
    if (healthCheck === undefined) {
      for (const endpoint of this.endpoints.all) endpoint.passing = true
      return
    }
    this.checker = new HealthChecker(
      healthCheck,
      name,
      () => this.endpoints.all,
      (endpoint) => {
        const tls = this.tlsFor(endpoint)
        return { ...this.dialRequest(endpoint, tls, name), alpn: http1Alpn(tls) }
      },
    )
  }

  /** The endpoint that the request itself names (passthrough). */
  private endpointNamed(authority: string): EndpointState | undefined {
    const match = NAMED.exec(authority)
    if (match === null) return undefined
    const address = match[1] ?? match[2] ?? ''
    const port = match[3] === undefined ? 80 : Number(match[3])
    const key = `${address}:${port}`
    const known = this.named.get(key)
    if (known !== undefined) return known
    const state = new EndpointState({ address, port, healthy: true })
    this.named.set(key, state)
    if (this.named.size > MAX_NAMED) {
      const [oldest] = this.named.values()
      oldest?.drain()
      this.named.delete(oldest?.key ?? '')
    }
    return state
  }

  private everyEndpoint(): Iterable<EndpointState> {
    return this.source.passthrough === true ? this.named.values() : this.endpoints.all
  }

  private newPool(rules: PoolRules, http2: boolean): Pool {
    const { sweeper, joining } = this.environment
    return http2 ? new Http2Pool(rules, this, sweeper) : new EndpointPool(rules, this, sweeper, joining)
  }

  private poolRules(
    endpoint: EndpointState,
    tls: ClientTls | undefined,
    host: string,
    http2: boolean,
  ): PoolRules {
    const { source } = this
    return {
      dial: { ...this.dialRequest(endpoint, tls, host), alpn: http2 ? http2Alpn(tls) : http1Alpn(tls) },
      idleTimeoutMs: source.idleTimeoutMs ?? DEFAULT_IDLE_MS,
      maxIdle: source.maxIdle ?? DEFAULT_MAX_IDLE,
      maxRequestsPerConnection: source.maxRequestsPerConnection ?? 0,
      maxConnectionDurationMs: source.maxConnectionDurationMs ?? 0,
    }
  }
}

/** True when connections made under one may serve under the other. */
function sameConnections(one: Cluster, other: Cluster): boolean {
  const rules = (cluster: Cluster): string =>
    JSON.stringify([
      cluster.proxyProtocol,
      cluster.protocol,
      cluster.connectTimeoutMs,
      cluster.idleTimeoutMs,
      cluster.maxIdle,
      cluster.maxRequestsPerConnection,
      cluster.maxConnectionDurationMs,
    ])
  return one === other || rules(one) === rules(other)
}
