// One request from its head to its last byte: filters, route, tries at upstreams, response. The same for every pair of protocols.
import { STATUS_CODES } from 'node:http'
import type { HttpManager } from '../../../../ir/listener.ts'
import type { DirectResponse } from '../../../../ir/route.ts'
import type { FilterPlan } from '../../lower/filters.ts'
import type { ManagerPlan } from '../../lower/manager.ts'
import { normalizePath } from '../../lower/path-normalize.ts'
import type { HostPlan, RoutePlan } from '../../lower/virtual-host.ts'
import type { ClientConnection } from '../client-connection.ts'
import { monotonic } from '../clock.ts'
import { GrpcMessages } from '../metrics/grpc-messages.ts'
import type { ProxyServices } from '../proxy-services.ts'
import { beginSpan } from '../tracing/begin-span.ts'
import { pickWeighted } from '../weighted.ts'
import { type FilterHost, FilterManager } from './filters/filter-manager.ts'
import { Forwarding } from './forward/forwarding.ts'
import type { ForwardingHost } from './forward/forwarding-host.ts'
import { formatSource } from './headers/format-command.ts'
import type { HeaderBlock } from './headers/header-block.ts'
import { Known } from './headers/known-headers.ts'
import { asksGrpc, grpcReply, type LocalReply, PAYLOAD_TOO_LARGE } from './local-reply.ts'
import { localResponse } from './local-response.ts'
import type { Downstream, RequestHead, RequestSink } from './messages.ts'
import type { Profile } from './profile/profile.ts'
import { profileOf } from './profile/profile-of.ts'
import { RequestContext } from './request-context.ts'
import {
  directReply,
  failReply,
  fallbackReply,
  MISDIRECTED,
  ROUTE_NOT_FOUND,
  redirectReply,
} from './route-reply.ts'

const NO_FILTERS: readonly FilterPlan[] = []

export class Exchange implements RequestSink, FilterHost, ForwardingHost {
  readonly context: RequestContext
  readonly manager: HttpManager
  readonly profile: Profile
  readonly services: ProxyServices
  readonly downstream: Downstream
  /** The whole request body has come. */
  requestEnded = false
  /** The response has begun. */
  responding = false
  private drawn: number | undefined
  private readonly plan: ManagerPlan
  /** Undefined: no filter has a say. */
  private filters: FilterManager | undefined
  /** Undefined until a route forwards. */
  private forwarding: Forwarding | undefined
  private host: HostPlan | undefined
  private over = false

  constructor(
    services: ProxyServices,
    plan: ManagerPlan,
    connection: ClientConnection,
    downstream: Downstream,
    head: RequestHead,
  ) {
    this.services = services
    this.plan = plan
    this.manager = plan.manager
    this.profile = profileOf(plan.manager)
    this.downstream = downstream
    this.context = new RequestContext(connection, head, head.path, monotonic())
    services.counters.active++
  }

  /** Handles the head, with the first of the body (valid during the call). */
  begin(first: Buffer | undefined, ended: boolean): void {
    const { context, manager } = this
    this.requestEnded = ended
    if (isGrpc(context.head)) context.grpc = { request: new GrpcMessages(), response: new GrpcMessages() }
    if (first !== undefined) context.received(first)
    // CONNECT has no path; routes by prefix see the root, as an Envoy connect matcher would.
    const target = context.head.method === 'CONNECT' ? '/' : normalizePath(context.target, manager.path)
    if (target === undefined) {
      this.reply({ status: 400, details: 'path_normalization_failed' })
      return
    }
    if (target !== context.target) context.retarget(target)
    this.profile.receive(context, manager)
    this.host = this.plan.table.host(context.authority)
    const route = this.chooseRoute()
    if (manager.tracing !== undefined) {
      context.span = beginSpan(manager, manager.tracing, context, this.services.random)
    }
    const { upgrade } = context.head
    if (upgrade !== undefined && !allowsUpgrade(manager, upgrade)) {
      this.reply({ status: 403, details: 'upgrade_failed' })
      return
    }
    const { filters: shared } = this.plan
    const own = route?.filters ?? NO_FILTERS
    if (shared.length + own.length > 0) {
      this.filters = new FilterManager(this, shared, own)
      if (!this.filters.run(first)) return
    }
    this.act(first)
  }

  requestData(chunk: Buffer): void {
    const { context, filters, forwarding } = this
    context.received(chunk)
    if (this.over) return
    if (filters?.forbids(context.bytesReceived) === true) {
      forwarding?.cancel()
      if (this.responding) this.cutOff('DPE', PAYLOAD_TOO_LARGE.details)
      else this.reply(PAYLOAD_TOO_LARGE, 'filter')
    } else if (forwarding !== undefined) forwarding.requestData(chunk)
    else filters?.requestData(chunk)
  }

  requestEnd(trailers: HeaderBlock | undefined): void {
    this.requestEnded = true
    this.filters?.requestEnd()
    this.forwarding?.requestEnd(trailers)
  }

  clientGone(protocolError?: string): void {
    if (this.over) return
    const { context } = this
    this.forwarding?.cancel()
    context.flag(protocolError === undefined ? 'DC' : 'DPE')
    context.details = protocolError ?? 'downstream_remote_disconnect'
    if (!this.responding) context.status = this.manager.profile === 'alb' ? 499 : 0
    this.finish()
  }

  clientReady(): void {
    this.forwarding?.clientReady()
  }

  /** Which of the route's clusters has the request: drawn once. */
  get weighted(): number {
    const action = this.context.route?.route.action
    if (action?.kind !== 'forward') return 0
    this.drawn ??= pickWeighted(action.clusters, this.services.random)
    return this.drawn
  }

  /** Longest silence on this stream, ms; 0: none. */
  get idleTimeoutMs(): number {
    const action = this.context.route?.route.action
    const own = action?.kind === 'forward' ? action.idleTimeoutMs : undefined
    return own ?? this.manager.limits.streamIdleTimeoutMs
  }

  /** Nothing has moved for that long. */
  idleTooLong(): void {
    if (this.over) return
    this.forwarding?.cancel()
    if (this.responding) {
      this.cutOff('SI', 'stream_idle_timeout')
      return
    }
    const status = this.requestEnded ? 504 : 408
    this.reply({ status, flag: 'SI', body: 'stream timeout', details: 'stream_idle_timeout' })
  }

  /** The codec refused the request: the client hears why, the upstream nothing more. */
  refuse({ status, details }: { readonly status: number; readonly details: string }): void {
    this.forwarding?.cancel()
    const text = STATUS_CODES[status] ?? ''
    this.reply({ status, flag: 'DPE', body: status === 426 ? '' : text, details })
  }

  /** Answers here. As in Envoy, the header mutations of routes that forward are for every answer, those of other routes only for their own. */
  reply(local: LocalReply, by: 'route' | 'filter' = 'route'): void {
    if (this.over || this.responding) return
    const { context, manager } = this
    // nginx knows no gRPC here.
    const grpc = manager.profile === 'istio' && asksGrpc(context.header('content-type'))
    const reply = grpc ? grpcReply(local) : local
    this.responding = true
    context.status = reply.status
    if (reply.flag !== undefined) context.flag(reply.flag)
    context.details = reply.details
    const { headers, body } = localResponse(reply, this.profile, manager)
    if (by === 'route' || context.route?.route.action.kind === 'forward') this.decorate(headers)
    else this.complete(headers)
    const silent = body.length === 0 || context.method === 'HEAD'
    if (!silent) context.bytesSent += body.length
    this.finish()
    this.downstream.respond(
      { status: reply.status, headers, body: silent ? 'none' : 'length', length: body.length },
      silent ? undefined : body,
      true,
    )
  }

  /** Response headers by cluster, route, host and filters: on every response, whoever made it. */
  decorate(headers: HeaderBlock): void {
    const { context } = this
    const { route } = context
    route?.weighted[this.weighted]?.response?.(headers, formatSource(context))
    const program = route === undefined ? this.host?.response : route.response
    program?.(headers, formatSource(context))
    this.complete(headers)
  }

  private complete(headers: HeaderBlock): void {
    if (this.filters !== undefined)
      for (const [name, value] of this.filters.responseHeaders) headers.set(name, value)
    if (!headers.has(Known.date)) headers.addKnown(Known.date, 'date', this.services.date.now())
  }

  /** Ends a response that has begun and will not be whole. */
  cutOff(flag: string, details: string): void {
    this.context.flag(flag)
    this.context.details = details
    this.finish()
    this.downstream.abort()
  }

  /** The request is over: counted, logged. */
  finish(): void {
    if (this.over) return
    this.over = true
    this.filters?.cancel()
    this.services.counters.active--
    const { context } = this
    if (context.endedAt === 0) context.endedAt = monotonic()
    this.services.finished(context, this.manager)
  }

  reroute(): readonly FilterPlan[] {
    return this.chooseRoute()?.filters ?? NO_FILTERS
  }

  /** Does what the route says, with what has come of the body. */
  act(first: Buffer | undefined): void {
    const { context, manager, host } = this
    const { route } = context
    if (host === undefined) {
      if (manager.misdirected === 421 && context.connection.tls !== undefined) this.reply(MISDIRECTED)
      else this.fallback(this.plan.table.fallback)
      return
    }
    const { requireTls } = host.host
    if (requireTls !== undefined && this.mustGoTls(host)) {
      const toTls = { kind: 'redirect', status: requireTls.status, scheme: 'https' } as const
      this.reply(redirectReply(toTls, undefined, context, manager))
      return
    }
    if (route === undefined) {
      this.fallback(host.fallback)
      return
    }
    const { action } = route.route
    switch (action.kind) {
      case 'forward':
        this.forwarding = new Forwarding(this, action, route)
        this.forwarding.start(first)
        break
      case 'redirect':
        this.reply(redirectReply(action, route, context, manager))
        break
      case 'direct-response':
        this.reply(directReply(action))
        break
      case 'fail':
        this.reply(failReply(action))
    }
  }

  private chooseRoute(): RoutePlan | undefined {
    const { context, host } = this
    // As in Envoy, a redirect to TLS comes before everything that a route asks for.
    const route = this.mustGoTls(host) ? undefined : host?.find(context)
    context.route = route
    context.routeName = route?.route.name
    return route
  }

  private mustGoTls(host: HostPlan | undefined): boolean {
    if (host?.host.requireTls === undefined) return false
    const { head, scheme } = this.context
    const told = this.manager.profile === 'istio' ? head.headers.known(Known.forwardedProto) : undefined
    return (told ?? scheme) === 'http'
  }

  private fallback(response: DirectResponse | undefined): void {
    // No route has answered: there are no headers of one.
    if (response === undefined) this.reply(ROUTE_NOT_FOUND, 'filter')
    else this.reply(fallbackReply(response))
  }
}

/** gRPC over HTTP/2; gRPC-Web is something else. */
function isGrpc({ version, headers }: RequestHead): boolean {
  return version === 'HTTP/2' && asksGrpc(headers.get('content-type'))
}

function allowsUpgrade(manager: HttpManager, upgrade: string): boolean {
  return manager.upgrades.includes('*') || manager.upgrades.includes(upgrade.toLowerCase())
}
