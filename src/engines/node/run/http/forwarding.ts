// The tries of one request at the endpoints of its cluster: connection, body, retries, timeouts.
import type { HttpManager } from '../../../../ir/listener.ts'
import type { Forward, RetryPolicy } from '../../../../ir/route.ts'
import type { RoutePlan } from '../../lower/virtual-host.ts'
import { monotonic } from '../clock.ts'
import type { ProxyServices } from '../proxy-services.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import { dial } from '../upstream/dial.ts'
import type { Pool, PoolWaiter } from '../upstream/endpoint-pool.ts'
import type { EndpointState } from '../upstream/endpoint-state.ts'
import { PreviousPriorities } from '../upstream/previous-priorities.ts'
import { TunnelConnection } from '../upstream/tunnel-connection.ts'
import type { UpstreamConnection, UpstreamRequest } from '../upstream/upstream-request.ts'
import { formatSource } from './format-command.ts'
import { requestHash } from './hash-source.ts'
import type { HeaderBlock } from './header-block.ts'
import { bit, HOP_BY_HOP, Known } from './known-headers.ts'
import type { LocalReply } from './local-reply.ts'
import type { Downstream, ResponseHead, ResponseSink, UpstreamFailure, UpstreamStream } from './messages.ts'
import { Mirror } from './mirror.ts'
import type { Profile } from './profile.ts'
import { failureBody, failureDetails } from './reason-text.ts'
import type { RequestContext } from './request-context.ts'
import { prepareRequest } from './request-preparation.ts'
import { backoff, retriesFailure, retriesResponse } from './retry-policy.ts'

/** Bytes of a request body that are kept for another try, or while there is no connection yet. */
const KEEP_LIMIT = 64 * 1024
/** Tries that find their kept connection closed by the peer, besides those of the policy. */
const MAX_STALE = 3
/** 1xx to one request: an upstream that sends more would fill a client that does not read. */
const MAX_INTERIMS = 32
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** The exchange that a forwarding serves. */
export interface ForwardingHost {
  readonly context: RequestContext
  readonly manager: HttpManager
  readonly profile: Profile
  readonly services: ProxyServices
  readonly downstream: Downstream
  readonly requestEnded: boolean
  /** Which of the route's clusters has the request. */
  readonly weighted: number
  responding: boolean
  reply(reply: LocalReply): void
  /** Response headers by route, host and filters. */
  decorate(headers: HeaderBlock): void
  finish(): void
}

export class Forwarding implements ResponseSink, PoolWaiter {
  private readonly exchange: ForwardingHost
  private readonly action: Forward
  private readonly route: RoutePlan
  private readonly policy: RetryPolicy | undefined
  private cluster: ClusterState | undefined
  private weighted = 0
  private endpoint: EndpointState | undefined
  private pool: Pool | undefined
  private stream: UpstreamStream | undefined
  private connection: UpstreamConnection | undefined
  private tried: Set<string> | undefined
  /** Where the tries went, when others are to go elsewhere. */
  private readonly previous: PreviousPriorities | undefined
  private hash: number | undefined
  private setCookie: string | undefined
  private mirrors: Mirror[] = []
  private host = ''
  /** What has come of the body, unless it was sent and is not kept. */
  private kept: Buffer[] = []
  private keptBytes = 0
  /** Some of the body was sent and is gone: no other try. */
  private lost = false
  private paused = false
  private stale = 0
  private interims = 0
  private retrying = false
  private timer: NodeJS.Timeout | undefined
  private tryTimer: NodeJS.Timeout | undefined
  private backoffTimer: NodeJS.Timeout | undefined
  private trailers: HeaderBlock | undefined
  private cancelDial: (() => void) | undefined
  private over = false

  constructor(exchange: ForwardingHost, action: Forward, route: RoutePlan) {
    this.exchange = exchange
    this.action = action
    this.route = route
    const { retry } = action
    this.policy = retry !== undefined && retry.attempts > 0 ? retry : undefined
    if (this.policy?.otherPriorities === true) this.previous = new PreviousPriorities()
  }

  start(first: Buffer | undefined): void {
    const { exchange, action } = this
    const { context } = exchange
    this.weighted = exchange.weighted
    const name = action.clusters[this.weighted]?.cluster ?? ''
    context.clusterName = name
    const cluster = exchange.services.cluster(name)
    if (cluster === undefined) {
      exchange.reply({ status: 503, flag: 'NC', details: 'cluster_not_found' })
      return
    }
    const { refusal } = cluster
    if (refusal !== undefined) {
      const reason = cluster.source.refuse?.reason
      exchange.reply({
        status: 503,
        flag: 'UF',
        body: refusal,
        details: 'cluster_refused',
        ...(reason === undefined ? {} : { reason }),
      })
      return
    }
    if (!cluster.admit()) {
      exchange.reply({ status: 503, flag: 'UO', body: OVERFLOW, details: 'overflow' })
      return
    }
    this.cluster = cluster
    this.host = prepareRequest(
      context,
      action,
      this.route,
      this.weighted,
      exchange.manager.profile === 'istio',
    )
    const hashed = action.hash === undefined ? undefined : requestHash(action.hash, context)
    this.hash = hashed?.hash
    this.setCookie = hashed?.setCookie
    if (context.head.expectContinue && exchange.profile.answersContinue) {
      exchange.downstream.inform(100, undefined)
    }
    this.armTimeout()
    this.attempt(first)
    // As in Envoy: the copy tells the first try, and there is none of a request that no endpoint is there for.
    if (action.mirrors !== undefined && context.upstreamHost !== undefined)
      this.startMirrors(action.mirrors, first)
  }

  // From the client

  requestData(chunk: Buffer): void {
    for (const mirror of this.mirrors) mirror.data(chunk)
    if (this.over) return
    if (this.stream === undefined) {
      this.keep(chunk)
      if (this.keptBytes > KEEP_LIMIT) this.pause()
      return
    }
    this.keepSent(chunk)
    if (!this.stream.send(chunk)) this.pause()
  }

  requestEnd(trailers: HeaderBlock | undefined): void {
    for (const mirror of this.mirrors) mirror.end()
    this.trailers = trailers
    if (this.over) return
    this.armTimeout()
    if (this.stream === undefined) return
    this.armTryTimeout()
    this.stream.finish(trailers)
  }

  clientReady(): void {
    this.stream?.resumeResponse()
  }

  /** Gives up; nothing more is heard of it. */
  cancel(): void {
    if (this.over) return
    const { stream } = this
    if (this.cancelDial !== undefined) {
      this.cancelDial()
      this.cluster?.closed()
    }
    this.complete()
    stream?.cancel()
  }

  // From the pool

  connected(connection: UpstreamConnection): void {
    this.stopWaiting()
    if (this.over) return
    const body =
      this.kept.length === 0 ? undefined : this.kept.length === 1 ? this.kept[0] : Buffer.concat(this.kept)
    if (!this.retains()) this.kept = []
    this.exchange.context.connectedAt = monotonic()
    this.send(connection, body)
    if (this.paused) this.resume()
  }

  connectFailed(failure: UpstreamFailure): void {
    this.stopWaiting()
    this.upstreamFailed(failure)
  }

  // From the upstream

  interim(status: number, headers: HeaderBlock): void {
    const { exchange } = this
    if (++this.interims > MAX_INTERIMS) {
      this.stream?.cancel()
      const transport = 'too_many_interim_responses'
      this.upstreamFailed({ flag: 'UPE', reason: 'protocol error', transport, beforeRequest: false })
      return
    }
    if (!exchange.profile.passesInterim || exchange.responding) return
    // Nor a length: there is no body (RFC 9110 section 8.6).
    headers.removeKnown(HOP_BY_HOP | bit(Known.contentLength))
    exchange.downstream.inform(status, headers)
  }

  responseHead(head: ResponseHead, first: Buffer | undefined, ended: boolean): void {
    const { exchange, cluster, endpoint } = this
    const { context } = exchange
    if (this.over || cluster === undefined || endpoint === undefined) return
    context.responseAt = monotonic()
    context.upstreamStatus = head.status
    cluster.outcome(endpoint, head.status)
    clearTimeout(this.tryTimer)
    const grpcStatus = head.headers.known(Known.grpcStatus)
    if (this.policy !== undefined && retriesResponse(this.policy, head.status, grpcStatus)) {
      if (this.mayRetry()) {
        if (!ended) this.stream?.cancel()
        this.avoid(endpoint)
        this.leave()
        this.again()
        return
      }
      if (context.attempts > 1) context.flag('URX')
    }
    context.status = head.status
    context.details = 'via_upstream'
    context.grpcStatus = grpcStatus
    exchange.responding = true
    exchange.profile.respond(context, head.headers, exchange.manager)
    this.route.weighted[this.weighted]?.response?.(head.headers, formatSource(context))
    exchange.decorate(head.headers)
    if (this.setCookie !== undefined) head.headers.add('set-cookie', this.setCookie)
    if (first !== undefined) {
      context.bytesSent += first.length
      context.grpc?.response.add(first)
    }
    if (ended) {
      context.endedAt = context.responseAt
      this.complete()
      exchange.finish()
    } else if (head.body === 'tunnel') clearTimeout(this.timer)
    if (!exchange.downstream.respond(head, first, ended) && !ended) this.stream?.pauseResponse()
  }

  responseData(chunk: Buffer): void {
    if (this.over) return
    const { exchange } = this
    exchange.context.bytesSent += chunk.length
    exchange.context.grpc?.response.add(chunk)
    if (!exchange.downstream.send(chunk)) this.stream?.pauseResponse()
  }

  responseEnd(trailers: HeaderBlock | undefined): void {
    if (this.over) return
    const { exchange } = this
    exchange.context.grpcStatus ??= trailers?.known(Known.grpcStatus)
    this.complete()
    exchange.finish()
    exchange.downstream.finish(trailers)
  }

  upstreamFailed(failure: UpstreamFailure): void {
    if (this.over) return
    const { exchange, cluster, endpoint } = this
    const { context } = exchange
    if (endpoint !== undefined) cluster?.outcome(endpoint, 0)
    context.transportFailure = failure.transport
    const reused = this.connection?.reused === true
    this.leave()
    if (exchange.responding) {
      this.complete()
      context.flag(failure.flag)
      context.details = failureDetails(failure, true)
      exchange.finish()
      exchange.downstream.abort()
      return
    }
    // The peer closed a kept connection while the request was on its way: not an answer to this request.
    const raced = failure.flag === 'UC' && failure.beforeRequest && reused && this.stale < MAX_STALE
    if (raced && !this.lost && IDEMPOTENT.has(context.method)) {
      this.stale++
      this.attempt(this.allKept())
      return
    }
    if (this.policy !== undefined && retriesFailure(this.policy, failure)) {
      if (endpoint !== undefined) this.avoid(endpoint)
      if (this.mayRetry()) {
        this.again()
        return
      }
    }
    this.fail(failure)
  }

  upstreamReady(): void {
    if (this.paused) this.resume()
  }

  private startMirrors(mirrors: NonNullable<Forward['mirrors']>, first: Buffer | undefined): void {
    const { services, context, requestEnded } = this.exchange
    for (const { cluster: name, percent } of mirrors) {
      const cluster = services.cluster(name)
      if (cluster === undefined || services.random() * 100 >= percent) continue
      const mirror = new Mirror(cluster, this.upstreamRequest())
      this.mirrors.push(mirror)
      const http2 = context.head.version === 'HTTP/2'
      const use = { host: this.host, client: context.connection, http2 }
      mirror.start((endpoint) => cluster.pool(endpoint, use), first, requestEnded)
    }
  }

  // Tries

  private attempt(first: Buffer | undefined): void {
    const { exchange, cluster, action } = this
    const { context } = exchange
    if (cluster === undefined) return
    context.attempts++
    context.attemptAt = monotonic()
    const endpoint = cluster.pick(this.hash, this.tried, context.authority, this.previous)
    if (endpoint === undefined) {
      this.noEndpoint(cluster)
      return
    }
    this.endpoint = endpoint
    this.previous?.add(endpoint.priority)
    endpoint.active++
    context.upstreamHost = endpoint.key
    exchange.profile.forward(context, exchange.manager, action.timeoutMs ?? 0)
    if (context.method === 'CONNECT') {
      this.tunnel(cluster, endpoint)
      return
    }
    const pool = cluster.pool(endpoint, {
      host: this.host,
      client: context.connection,
      http2: context.head.version === 'HTTP/2',
    })
    const connection = pool.take()
    if (connection !== undefined) {
      context.connectedAt = context.attemptAt
      this.send(connection, first)
      return
    }
    if (first !== undefined && this.kept.length === 0) this.keep(first)
    if (!cluster.admitWaiting()) {
      this.upstreamFailed({ flag: 'UO', reason: 'overflow', beforeRequest: true })
      return
    }
    this.pool = pool
    pool.wait(this)
  }

  /** CONNECT: a raw connection instead of a request (forward proxy only). */
  private tunnel(cluster: ClusterState, endpoint: EndpointState): void {
    if (!cluster.open()) {
      this.upstreamFailed({ flag: 'UO', reason: 'overflow', beforeRequest: true })
      return
    }
    const tls = cluster.tlsFor(endpoint)
    const request = cluster.dialRequest(endpoint, tls, this.host)
    // Bytes of any kind travel: towards a sidecar that is said by Istio's ALPN for TCP.
    const alpn = tls?.settings.alpn.includes('istio') === true ? { alpn: ['istio'] } : {}
    this.cancelDial = dial(
      { ...request, ...alpn, source: this.exchange.context.connection },
      {
        connected: (socket) => {
          this.cancelDial = undefined
          socket.once('close', () => cluster.closed())
          this.connected(new TunnelConnection(socket))
        },
        dialFailed: ({ reason, transport }) => {
          this.cancelDial = undefined
          cluster.closed()
          this.upstreamFailed({ flag: 'UF', reason, transport, beforeRequest: true })
        },
      },
    )
  }

  private send(connection: UpstreamConnection, first: Buffer | undefined): void {
    const { exchange } = this
    const { context } = exchange
    context.upstreamLocal = connection.localAddress
    if (first !== undefined && this.kept.length === 0) this.keepSent(first)
    const ended = exchange.requestEnded && this.trailers === undefined
    this.connection = connection
    this.armTryTimeout()
    this.stream = connection.start(this.upstreamRequest(), first, ended, this)
    if (!ended && exchange.requestEnded) this.stream.finish(this.trailers)
  }

  private upstreamRequest(): UpstreamRequest {
    const { context } = this.exchange
    const { head } = context
    return {
      method: context.method,
      scheme: context.scheme,
      authority: context.authority,
      target: context.upstreamTarget,
      headers: head.headers,
      body: head.body,
      upgrade: head.upgrade,
      readTimeoutMs: this.cluster?.source.readTimeoutMs ?? 0,
    }
  }

  private again(): void {
    const { exchange, policy } = this
    this.retrying = true
    const { services, context } = exchange
    // What has been sent need not be asked for again: the client would hear a second 100 (RFC 9110 section 10.1.1).
    if (context.bytesReceived > 0) context.head.headers.removeKnown(bit(Known.expect))
    const wait = policy === undefined ? 0 : backoff(policy, context.attempts + 1, services.random)
    this.backoffTimer = setTimeout(() => {
      if (!this.over) this.attempt(this.allKept())
    }, wait)
  }

  /** Later tries go elsewhere, if the policy looks at where the earlier ones went. */
  private avoid(endpoint: EndpointState): void {
    if (this.policy?.hostReselect === undefined) return
    this.tried ??= new Set()
    this.tried.add(endpoint.key)
  }

  private mayRetry(): boolean {
    const { policy, cluster, exchange } = this
    if (policy === undefined || cluster === undefined || this.lost) return false
    if (exchange.context.attempts - this.stale > policy.attempts) return false
    if (this.retrying) return true
    return cluster.admitRetry()
  }

  private noEndpoint(cluster: ClusterState): void {
    const { noEndpoints } = cluster.source
    this.complete()
    if (noEndpoints === undefined) {
      this.exchange.reply({
        status: 503,
        flag: 'UH',
        body: 'no healthy upstream',
        details: 'no_healthy_upstream',
      })
    } else {
      this.exchange.reply({
        status: noEndpoints.status,
        flag: 'UH',
        body: noEndpoints.body,
        contentType: 'text/plain',
        details: 'no_healthy_upstream',
      })
    }
  }

  private fail(failure: UpstreamFailure): void {
    const { exchange } = this
    const { context } = exchange
    this.complete()
    const exhausted = this.policy !== undefined && context.attempts - this.stale > this.policy.attempts
    exchange.reply({
      status: exchange.profile.upstreamStatus(failure.flag),
      flag: exhausted && retryable(failure) ? `URX,${failure.flag}` : failure.flag,
      body: failureBody(failure, context.attempts > 1),
      details: failureDetails(failure, false),
    })
  }

  // The body

  private retains(): boolean {
    return !this.lost && (this.policy !== undefined || IDEMPOTENT.has(this.exchange.context.method))
  }

  private keep(chunk: Buffer): void {
    this.kept.push(Buffer.from(chunk))
    this.keptBytes += chunk.length
  }

  /** Keeps what is being sent, as long as another try may need it and it is not too much. */
  private keepSent(chunk: Buffer): void {
    if (this.retains() && this.keptBytes + chunk.length <= KEEP_LIMIT) {
      this.keep(chunk)
    } else {
      this.lost = true
      this.kept = []
    }
  }

  private allKept(): Buffer | undefined {
    return this.kept.length === 0 ? undefined : Buffer.concat(this.kept)
  }

  private pause(): void {
    this.paused = true
    this.exchange.downstream.pauseRequest()
  }

  private resume(): void {
    this.paused = false
    this.exchange.downstream.resumeRequest()
  }

  // Timeouts

  /** The route's timeout runs from the end of the request (Envoy route.v3 timeout). */
  private armTimeout(): void {
    const { timeoutMs } = this.action
    if (timeoutMs === undefined || timeoutMs === 0 || !this.exchange.requestEnded) return
    if (this.timer === undefined) this.timer = setTimeout(() => this.timedOut('response timeout'), timeoutMs)
  }

  /** That of a try runs from when the whole request is on its way over a connection: neither connecting nor a slow upload counts (as in Envoy). */
  private armTryTimeout(): void {
    const { exchange, policy } = this
    const limit = policy?.perTryTimeoutMs ?? 0
    if (limit === 0 || !exchange.requestEnded || exchange.responding) return
    this.tryTimer = setTimeout(() => this.tryTimedOut(), limit)
  }

  private timedOut(reason: string): void {
    if (this.over) return
    const failure: UpstreamFailure = { flag: 'UT', reason, beforeRequest: false }
    const { stream, exchange, cluster, endpoint } = this
    if (endpoint !== undefined) cluster?.outcome(endpoint, 504)
    this.complete()
    stream?.cancel()
    if (exchange.responding) {
      exchange.context.flag('UT')
      exchange.context.details = failureDetails(failure, true)
      exchange.finish()
      exchange.downstream.abort()
    } else this.fail(failure)
  }

  private tryTimedOut(): void {
    if (this.over) return
    this.stream?.cancel()
    this.upstreamFailed({ flag: 'UT', reason: 'per try timeout', beforeRequest: false })
  }

  private stopWaiting(): void {
    if (this.pool === undefined) return
    this.pool = undefined
    if (this.cluster !== undefined) this.cluster.waiting--
  }

  /** The present try is over. */
  private leave(): void {
    clearTimeout(this.tryTimer)
    this.pool?.forget(this)
    this.stopWaiting()
    this.stream = undefined
    if (this.endpoint !== undefined) this.endpoint.active--
    this.endpoint = undefined
  }

  private complete(): void {
    if (this.over) return
    this.over = true
    this.leave()
    clearTimeout(this.timer)
    clearTimeout(this.backoffTimer)
    const { cluster } = this
    if (cluster === undefined) return
    cluster.requests--
    if (this.retrying) cluster.retries--
  }
}

const OVERFLOW = 'upstream connect error or disconnect/reset before headers. reset reason: overflow'

function retryable(failure: UpstreamFailure): boolean {
  return failure.flag !== 'UH' && failure.flag !== 'UO'
}
