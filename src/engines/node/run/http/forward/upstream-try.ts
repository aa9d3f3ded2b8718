// One try of a request: its place at an endpoint, the connection that it waits for, the stream over that (Envoy's UpstreamRequest).
import { monotonic } from '../../clock.ts'
import type { ClusterState, PoolUse } from '../../upstream/cluster-state.ts'
import type { Pool, PoolWaiter } from '../../upstream/endpoint-pool.ts'
import type { EndpointState } from '../../upstream/endpoint-state.ts'
import { openTunnel } from '../../upstream/open-tunnel.ts'
import type { UpstreamConnection } from '../../upstream/upstream-request.ts'
import type { HeaderBlock } from '../headers/header-block.ts'
import type { ResponseSink, UpstreamFailure, UpstreamStream } from '../messages.ts'
import { PER_TRY_TIMEOUT } from '../reason-text.ts'
import type { ForwardingHost } from './forwarding-host.ts'
import { upstreamRequest } from './request-preparation.ts'

/** Whose try it is; hears of the response too. */
export interface TryOwner extends ResponseSink {
  readonly exchange: ForwardingHost
  /** The connection that was waited for is there: the request can be sent. */
  connected(connection: UpstreamConnection): void
}

export class UpstreamTry implements PoolWaiter {
  readonly endpoint: EndpointState
  /** Undefined while there is no connection. */
  stream: UpstreamStream | undefined
  private readonly owner: TryOwner
  private readonly cluster: ClusterState
  private readonly timeoutMs: number
  private connection: UpstreamConnection | undefined
  /** Undefined for a tunnel. */
  private pool: Pool | undefined
  /** It is among those that wait for a connection of the pool. */
  private waiting = false
  private giveUpTunnel: (() => void) | undefined
  private timer: NodeJS.Timeout | undefined

  /** `timeoutMs`: longest wait for the response; 0: none. */
  constructor(owner: TryOwner, cluster: ClusterState, endpoint: EndpointState, timeoutMs: number) {
    this.owner = owner
    this.cluster = cluster
    this.endpoint = endpoint
    this.timeoutMs = timeoutMs
    endpoint.active++
  }

  /** A connection that can take the request at once. */
  take(use: PoolUse): UpstreamConnection | undefined {
    const { context } = this.owner.exchange
    if (context.method === 'CONNECT') return undefined
    this.pool = this.cluster.pool(this.endpoint, use)
    const connection = this.pool.take()
    if (connection !== undefined) context.connectedAt = context.attemptAt
    return connection
  }

  /** Waits for a connection where there was none to take. False: too many do, or there are too many. */
  wait(use: PoolUse): boolean {
    const { cluster, pool } = this
    if (pool === undefined) {
      this.giveUpTunnel = openTunnel(cluster, this.endpoint, use, this)
      return this.giveUpTunnel !== undefined
    }
    if (!cluster.admitWaiting()) return false
    this.waiting = true
    pool.wait(this)
    return true
  }

  connected(connection: UpstreamConnection): void {
    this.stopWaiting()
    this.owner.exchange.context.connectedAt = monotonic()
    this.owner.connected(connection)
  }

  connectFailed(failure: UpstreamFailure): void {
    this.stopWaiting()
    this.owner.upstreamFailed(failure)
  }

  /** Sends the request with what is there of its body, or all of it. */
  send(connection: UpstreamConnection, body: Buffer | undefined, trailers: HeaderBlock | undefined): void {
    const { context, requestEnded } = this.owner.exchange
    context.upstreamLocal = connection.localAddress
    const ended = requestEnded && trailers === undefined
    this.connection = connection
    if (requestEnded) this.armTimeout()
    const request = upstreamRequest(context, this.cluster.source.readTimeoutMs ?? 0)
    this.stream = connection.start(request, body, ended, this.owner)
    if (requestEnded && !ended) this.stream.finish(trailers)
  }

  /** The rest of the body has been sent. */
  finish(trailers: HeaderBlock | undefined): void {
    if (this.stream === undefined) return
    this.armTimeout()
    this.stream.finish(trailers)
  }

  /** True when the peer closed a kept connection while the request was on its way: not an answer to this request. */
  raced({ flag, beforeRequest }: UpstreamFailure): boolean {
    return flag === 'UC' && beforeRequest && this.connection?.reused === true
  }

  /** Cuts it off; the owner hears why. */
  fail(failure: UpstreamFailure): void {
    this.stream?.cancel()
    this.owner.upstreamFailed(failure)
  }

  /** The response has begun. */
  answered(status: number): void {
    clearTimeout(this.timer)
    this.outcome(status)
  }

  /** Tells outlier detection how it ended; 0: without a response. */
  outcome(status: number): void {
    this.cluster.outcome(this.endpoint, status)
  }

  /** It has no place at the endpoint any more. What is on its stream is the owner's to cancel. */
  end(): void {
    clearTimeout(this.timer)
    if (this.waiting) this.pool?.forget(this)
    this.giveUpTunnel?.()
    this.stopWaiting()
    this.endpoint.active--
  }

  /** Its time runs from when the whole request is on its way over a connection: neither connecting nor a slow upload counts (as in Envoy). */
  private armTimeout(): void {
    const { owner, timeoutMs } = this
    if (timeoutMs === 0 || owner.exchange.responding) return
    this.timer = setTimeout(() => this.fail(PER_TRY_TIMEOUT), timeoutMs)
  }

  private stopWaiting(): void {
    this.giveUpTunnel = undefined
    if (!this.waiting) return
    this.waiting = false
    this.cluster.waiting--
  }
}
