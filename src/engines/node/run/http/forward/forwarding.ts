// The tries of one request at the endpoints of its cluster: which may follow which, what is sent in them, what of them the client sees.
import type { Forward } from '../../../../../ir/route.ts'
import type { RoutePlan } from '../../../lower/virtual-host.ts'
import { monotonic } from '../../clock.ts'
import type { ClusterState, PoolUse } from '../../upstream/cluster-state.ts'
import type { UpstreamConnection } from '../../upstream/upstream-request.ts'
import type { HeaderBlock } from '../headers/header-block.ts'
import { bit, Known } from '../headers/known-headers.ts'
import type { ResponseHead, UpstreamFailure } from '../messages.ts'
import { failureDetails, OVERFLOW, RESPONSE_TIMEOUT, TOO_MANY_INTERIMS } from '../reason-text.ts'
import { admitToCluster } from './cluster-choice.ts'
import type { ForwardingHost } from './forwarding-host.ts'
import { type RequestHash, requestHash } from './hash-source.ts'
import { type Mirror, startMirrors } from './mirror.ts'
import { prepareRequest, upstreamRequest } from './request-preparation.ts'
import { passInterim, prepareResponse } from './response-preparation.ts'
import { RetryBuffer } from './retry-buffer.ts'
import { mendable } from './retry-policy.ts'
import { RetryState } from './retry-state.ts'
import { noHealthyUpstream, tryFailed } from './upstream-reply.ts'
import { type TryOwner, UpstreamTry } from './upstream-try.ts'

/** Tries that find their kept connection closed by the peer, besides those of the policy. */
const MAX_STALE = 3
/** 1xx to one request: an upstream that sends more would fill a client that does not read. */
const MAX_INTERIMS = 32
const NO_MIRRORS: readonly Mirror[] = []

export class Forwarding implements TryOwner {
  readonly exchange: ForwardingHost
  private readonly action: Forward
  private readonly route: RoutePlan
  /** Undefined: the route asks for no retries. */
  private readonly retry: RetryState | undefined
  /** That has counted the request in. */
  private cluster: ClusterState | undefined
  /** The present try; undefined between two of them. */
  private current: UpstreamTry | undefined
  private mirrors = NO_MIRRORS
  private host = ''
  private hashed: RequestHash | undefined
  /** Undefined until something of the body has to be kept. */
  private buffer: RetryBuffer | undefined
  private trailers: HeaderBlock | undefined
  private stale = 0
  private interims = 0
  private timer: NodeJS.Timeout | undefined
  private over = false

  constructor(exchange: ForwardingHost, action: Forward, route: RoutePlan) {
    this.exchange = exchange
    this.action = action
    this.route = route
    const { retry } = action
    this.retry = retry !== undefined && retry.attempts > 0 ? new RetryState(retry) : undefined
  }

  /** Begins, with the first of the body. */
  start(first: Buffer | undefined): void {
    const { exchange, action } = this
    const { context, services } = exchange
    const cluster = admitToCluster(exchange, action)
    if (cluster === undefined) return
    this.cluster = cluster
    this.host = prepareRequest(exchange, action, this.route)
    this.hashed = action.hash === undefined ? undefined : requestHash(action.hash, context)
    this.armTimeout()
    this.attempt(first)
    // As in Envoy: the copy tells the first try, and there is none of a request that no endpoint is there for.
    if (action.mirrors === undefined || context.upstreamHost === undefined) return
    const copied = upstreamRequest(context, cluster.source.readTimeoutMs ?? 0)
    this.mirrors = startMirrors(action.mirrors, services, copied, this.use, first, exchange.requestEnded)
  }

  // From the client

  requestData(chunk: Buffer): void {
    for (const mirror of this.mirrors) mirror.data(chunk)
    if (this.over) return
    const stream = this.current?.stream
    if (stream === undefined) this.retryBuffer().hold(chunk)
    else this.retryBuffer().send(chunk, stream)
  }

  requestEnd(trailers: HeaderBlock | undefined): void {
    for (const mirror of this.mirrors) mirror.end()
    this.trailers = trailers
    if (this.over) return
    this.armTimeout()
    this.current?.finish(trailers)
  }

  clientReady(): void {
    this.current?.stream?.resumeResponse()
  }

  /** Gives up; nothing more is heard of it. */
  cancel(): void {
    if (this.over) return
    const stream = this.current?.stream
    this.complete()
    stream?.cancel()
  }

  // From the present try

  connected(connection: UpstreamConnection): void {
    this.current?.send(connection, this.buffer?.release(), this.trailers)
    this.buffer?.resume()
  }

  interim(status: number, headers: HeaderBlock): void {
    if (++this.interims > MAX_INTERIMS) this.current?.fail(TOO_MANY_INTERIMS)
    else passInterim(this.exchange, status, headers)
  }

  responseHead(head: ResponseHead, first: Buffer | undefined, ended: boolean): void {
    const { exchange, current, retry } = this
    const { context } = exchange
    if (this.over || current === undefined) return
    context.responseAt = monotonic()
    context.upstreamStatus = head.status
    current.answered(head.status)
    const grpcStatus = head.headers.known(Known.grpcStatus)
    if (retry?.retriesResponse(head.status, grpcStatus) === true) {
      if (this.mayRetry(retry)) {
        if (!ended) current.stream?.cancel()
        retry.avoid(current.endpoint)
        this.leave()
        this.again(retry)
        return
      }
      if (context.attempts > 1) context.flag('URX')
    }
    prepareResponse(exchange, head, grpcStatus, this.hashed?.setCookie)
    if (first !== undefined) context.sent(first)
    if (ended) {
      context.endedAt = context.responseAt
      this.complete()
      exchange.finish()
    } else if (head.body === 'tunnel') clearTimeout(this.timer)
    if (!exchange.downstream.respond(head, first, ended) && !ended) this.current?.stream?.pauseResponse()
  }

  responseData(chunk: Buffer): void {
    if (this.over) return
    const { exchange } = this
    exchange.context.sent(chunk)
    if (!exchange.downstream.send(chunk)) this.current?.stream?.pauseResponse()
  }

  responseEnd(trailers: HeaderBlock | undefined): void {
    if (this.over) return
    const { exchange } = this
    exchange.context.grpcStatus ??= trailers?.known(Known.grpcStatus)
    this.complete()
    exchange.finish()
    exchange.downstream.finish(trailers)
  }

  upstreamReady(): void {
    this.buffer?.resume()
  }

  upstreamFailed(failure: UpstreamFailure): void {
    if (this.over) return
    const { exchange, current, retry } = this
    current?.outcome(0)
    exchange.context.transportFailure = failure.transport
    this.leave()
    if (exchange.responding) {
      this.fail(failure)
      return
    }
    const raced = current?.raced(failure) === true && this.stale < MAX_STALE
    if (raced && exchange.context.idempotent && !this.lost) {
      this.stale++
      this.attempt(this.buffer?.release())
      return
    }
    if (retry?.retriesFailure(failure) === true && this.mayRetry(retry)) {
      if (current !== undefined) retry.avoid(current.endpoint)
      this.again(retry)
    } else this.fail(failure)
  }

  // Tries

  private attempt(first: Buffer | undefined): void {
    const { exchange, cluster, action, retry } = this
    const { context } = exchange
    if (cluster === undefined) return
    context.attempts++
    context.attemptAt = monotonic()
    const endpoint = cluster.pick(this.hashed?.hash, retry?.tried, context.authority, retry?.previous)
    if (endpoint === undefined) {
      this.complete()
      exchange.reply(noHealthyUpstream(cluster))
      return
    }
    retry?.previous?.add(endpoint.priority)
    const current = new UpstreamTry(this, cluster, endpoint, retry?.perTryTimeoutMs ?? 0)
    this.current = current
    context.upstreamHost = endpoint.key
    exchange.profile.forward(context, exchange.manager, action.timeoutMs ?? 0)
    const connection = current.take(this.use)
    if (connection !== undefined) {
      if (first !== undefined && this.buffer === undefined && this.resends) this.retryBuffer().sent(first)
      current.send(connection, first, this.trailers)
      return
    }
    if (first !== undefined && this.buffer === undefined) this.retryBuffer().hold(first)
    if (!current.wait(this.use)) this.upstreamFailed(OVERFLOW)
  }

  /** Which connections the request may use. */
  private get use(): PoolUse {
    const { connection, head } = this.exchange.context
    return { host: this.host, client: connection, http2: head.version === 'HTTP/2' }
  }

  private mayRetry(retry: RetryState): boolean {
    return this.cluster !== undefined && !this.lost && retry.admit(this.cluster, this.made)
  }

  private again(retry: RetryState): void {
    const { services, context } = this.exchange
    // What has been sent need not be asked for again: the client would hear a second 100 (RFC 9110 section 10.1.1).
    if (context.bytesReceived > 0) context.head.headers.removeKnown(bit(Known.expect))
    retry.backOff(context.attempts + 1, services.random, () => this.attempt(this.buffer?.release()))
  }

  /** Tries that the policy counts. */
  private get made(): number {
    return this.exchange.context.attempts - this.stale
  }

  private fail(failure: UpstreamFailure): void {
    const { exchange, retry } = this
    this.complete()
    if (exchange.responding) {
      exchange.cutOff(failure.flag, failureDetails(failure, true))
      return
    }
    const exhausted = retry?.exhausted(this.made) === true && mendable(failure)
    exchange.reply(tryFailed(failure, exchange.profile, exchange.context.attempts, exhausted))
  }

  // The body

  private retryBuffer(): RetryBuffer {
    this.buffer ??= new RetryBuffer(this.exchange.downstream, this.resends)
    return this.buffer
  }

  /** Another try may follow, of its own or for the policy's sake, so that the body is worth keeping. */
  private get resends(): boolean {
    return this.retry !== undefined || this.exchange.context.idempotent
  }

  private get lost(): boolean {
    return this.buffer?.lost === true
  }

  // Timeouts

  /** The route's timeout runs from the end of the request (Envoy route.v3 timeout). */
  private armTimeout(): void {
    const { timeoutMs = 0 } = this.action
    if (timeoutMs > 0 && this.exchange.requestEnded)
      this.timer ??= setTimeout(() => this.timedOut(), timeoutMs)
  }

  private timedOut(): void {
    if (this.over) return
    const { current } = this
    current?.outcome(504)
    this.complete()
    current?.stream?.cancel()
    this.fail(RESPONSE_TIMEOUT)
  }

  /** The present try is over. */
  private leave(): void {
    this.current?.end()
    this.current = undefined
  }

  private complete(): void {
    if (this.over) return
    this.over = true
    this.leave()
    clearTimeout(this.timer)
    const { cluster } = this
    if (cluster === undefined) return
    cluster.requests--
    this.retry?.end(cluster)
  }
}
