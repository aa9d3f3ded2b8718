// One request from its head to its last byte: filters, route, tries at upstreams, response. The same for every pair of protocols.
import { STATUS_CODES } from 'node:http'
import type { HttpManager } from '../../../../ir/listener.ts'
import type { DirectResponse, Forward, Redirect } from '../../../../ir/route.ts'
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
import { CheckRun } from './check-run.ts'
import type { FilterOutcome, PendingCheck } from './filter-outcome.ts'
import { runFilter } from './filter-run.ts'
import { formatSource } from './format-command.ts'
import { Forwarding, type ForwardingHost } from './forwarding.ts'
import { HeaderBlock } from './header-block.ts'
import { Known } from './known-headers.ts'
import { asksGrpc, grpcReply, type LocalReply } from './local-reply.ts'
import type { Downstream, RequestHead, RequestSink } from './messages.ts'
import type { Profile } from './profile.ts'
import { albProfile } from './profile-alb.ts'
import { istioProfile } from './profile-istio.ts'
import { redirectLocation } from './redirect.ts'
import { RequestContext } from './request-context.ts'
import { rewritePath } from './request-preparation.ts'
import { serverHeader } from './server-header.ts'

export function profileOf(manager: HttpManager): Profile {
  return manager.profile === 'alb' ? albProfile : istioProfile
}

export class Exchange implements RequestSink, ForwardingHost {
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
  private forwarding: Forwarding | undefined
  private host: HostPlan | undefined
  private over = false
  /** The route was looked for again, for what a filter found out. */
  private rerouted = false
  private bodyLimit = 0
  private delay: NodeJS.Timeout | undefined
  private early: Buffer[] = []
  private responseHeaders: readonly (readonly [string, string])[] = []
  private check: CheckRun | undefined

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
    if (first !== undefined) {
      context.bytesReceived += first.length
      context.grpc?.request.add(first)
    }
    // CONNECT has no path; routes by prefix see the root, as an Envoy connect matcher would.
    const target = context.head.method === 'CONNECT' ? '/' : normalizePath(context.target, manager.path)
    if (target === undefined) {
      this.reply({ status: 400, details: 'path_normalization_failed' })
      return
    }
    if (target !== context.target) context.retarget(target)
    this.profile.receive(context, manager)
    const host = this.plan.table.host(context.authority)
    this.host = host
    const route = this.chooseRoute()
    if (manager.tracing !== undefined) {
      context.span = beginSpan(manager, manager.tracing, context, this.services.random)
    }
    const { upgrade } = context.head
    if (upgrade !== undefined && !allowsUpgrade(manager, upgrade)) {
      this.reply({ status: 403, details: 'upgrade_failed' })
      return
    }
    const own = route?.filters ?? []
    const filters = own.length === 0 ? this.plan.filters : [...this.plan.filters, ...own]
    if (filters.length > 0 && !this.filter(filters, 0, first)) return
    if (this.bodyTooLong(Math.max(context.head.length, context.bytesReceived))) return
    this.act(host, context.route, first)
  }

  requestData(chunk: Buffer): void {
    this.context.bytesReceived += chunk.length
    this.context.grpc?.request.add(chunk)
    if (this.over || this.bodyTooLong(this.context.bytesReceived)) return
    if (this.forwarding !== undefined) this.forwarding.requestData(chunk)
    else {
      this.early.push(Buffer.from(chunk))
      this.check?.received(this.early, false)
    }
  }

  requestEnd(trailers: HeaderBlock | undefined): void {
    this.requestEnded = true
    this.check?.received(this.early, true)
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
      this.context.flag('SI')
      this.context.details = 'stream_idle_timeout'
      this.finish()
      this.downstream.abort()
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
    const headers = new HeaderBlock()
    const plain = reply.body ?? ''
    const page =
      reply.contentType === undefined
        ? this.profile.page(reply.status, plain)
        : { body: plain, contentType: reply.contentType }
    const body = Buffer.from(reply.status === 204 || reply.status === 304 ? '' : page.body)
    if (reply.status !== 204 && reply.status !== 304) headers.add('content-length', String(body.length))
    if (body.length > 0) headers.add('content-type', page.contentType)
    for (const [name, value] of reply.headers ?? []) headers.add(name, value)
    serverHeader(headers, manager)
    if (manager.reasonHeader === true) {
      const reason =
        reply.reason ?? [reply.flag, reply.details].filter((part) => part !== undefined).join(' ')
      headers.add('x-sallyport-reason', reason)
    }
    const forwards = context.route?.route.action.kind === 'forward'
    if (forwards) context.route?.weighted[this.weighted]?.response?.(headers, formatSource(context))
    if (by === 'route' || forwards) this.decorate(headers)
    else this.complete(headers)
    const silent = context.method === 'HEAD'
    this.context.bytesSent += silent ? 0 : body.length
    this.finish()
    this.downstream.respond(
      {
        status: reply.status,
        headers,
        body: silent || body.length === 0 ? 'none' : 'length',
        length: body.length,
      },
      silent || body.length === 0 ? undefined : body,
      true,
    )
  }

  /** Response headers by route, host and filters: on every response, whoever made it. */
  decorate(headers: HeaderBlock): void {
    const { context } = this
    const program = context.route === undefined ? this.host?.response : context.route.response
    program?.(headers, formatSource(context))
    this.complete(headers)
  }

  private complete(headers: HeaderBlock): void {
    for (const [name, value] of this.responseHeaders) headers.set(name, value)
    if (!headers.has(Known.date)) headers.addKnown(Known.date, 'date', this.services.date.now())
  }

  /** The request is over: counted, logged. */
  finish(): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.delay)
    this.check?.cancel()
    this.services.counters.active--
    const { context } = this
    if (context.endedAt === 0) context.endedAt = monotonic()
    this.services.finished(context, this.manager)
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

  /** Runs filters from one on. False: the request was answered, or waits. */
  private filter(filters: readonly FilterPlan[], from: number, first: Buffer | undefined): boolean {
    for (let index = from; index < filters.length; index++) {
      const outcome = runFilter(filters[index] as FilterPlan, this.context, this.services)
      if (outcome === undefined) continue
      if (outcome.check !== undefined) {
        this.ask(outcome.check, first, (next) => {
          const on = this.settle(next, filters, index, undefined)
          if (on ?? this.filter(filters, index + 1, undefined)) this.resume()
        })
        return false
      }
      const on = this.settle(outcome, filters, index, first)
      if (on !== undefined) return on
    }
    return true
  }

  /** Does what a filter wants. Undefined: the next filter has its turn; else as `filter`. */
  private settle(
    outcome: FilterOutcome,
    filters: readonly FilterPlan[],
    index: number,
    first: Buffer | undefined,
  ): boolean | undefined {
    if (outcome === undefined) return undefined
    if (outcome.responseHeaders !== undefined)
      this.responseHeaders = [...this.responseHeaders, ...outcome.responseHeaders]
    if (outcome.reroute === true && !this.rerouted) {
      this.rerouted = true
      const own = this.chooseRoute()?.filters ?? []
      return this.filter([...this.plan.filters.slice(index + 1), ...own], 0, first)
    }
    if (outcome.bodyLimit !== undefined) {
      this.bodyLimit = outcome.bodyLimit
      if (this.bodyTooLong(Math.max(this.context.head.length, this.context.bytesReceived))) return false
    }
    if (outcome.delayMs !== undefined) {
      this.context.flag('DI')
      this.wait(outcome.delayMs, first, () => {
        if (outcome.reply !== undefined) this.reply(outcome.reply, 'filter')
        else if (this.filter(filters, index + 1, undefined)) this.resume()
      })
      return false
    }
    if (outcome.reply === undefined) return undefined
    this.reply(outcome.reply, 'filter')
    return false
  }

  private ask(
    pending: PendingCheck,
    first: Buffer | undefined,
    then: (outcome: FilterOutcome) => void,
  ): void {
    const { head } = this.context
    if (first !== undefined) this.early.push(Buffer.from(first))
    // Whoever wants the body now has to ask for it: the upstream is not there yet.
    if (pending.bodyBytes > 0 && head.expectContinue) this.downstream.inform(100, undefined)
    this.check = new CheckRun(pending, this.downstream, (outcome) => {
      this.check = undefined
      if (!this.over) then(outcome)
    })
    this.check.received(this.early, this.requestEnded)
  }

  private wait(ms: number, first: Buffer | undefined, then: () => void): void {
    if (first !== undefined) this.early.push(Buffer.from(first))
    this.downstream.pauseRequest()
    this.delay = setTimeout(() => {
      if (this.over) return
      this.downstream.resumeRequest()
      then()
    }, ms)
  }

  private resume(): void {
    const early = this.early.length === 0 ? undefined : Buffer.concat(this.early)
    this.early = []
    this.act(this.plan.table.host(this.context.authority), this.context.route, early)
  }

  private bodyTooLong(bytes: number): boolean {
    if (this.bodyLimit === 0 || bytes <= this.bodyLimit) return false
    this.forwarding?.cancel()
    this.reply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' }, 'filter')
    return true
  }

  private act(
    host: ReturnType<ManagerPlan['table']['host']>,
    route: RoutePlan | undefined,
    first: Buffer | undefined,
  ): void {
    const { context, manager } = this
    if (host === undefined) {
      if (manager.misdirected === 421 && context.connection.tls !== undefined) {
        this.reply({ status: 421, flag: 'NR', details: 'misdirected_request' })
      } else this.fallback(this.plan.table.fallback)
      return
    }
    const { requireTls } = host.host
    if (requireTls !== undefined && this.mustGoTls(host)) {
      this.redirect({ kind: 'redirect', status: requireTls.status, scheme: 'https' }, undefined)
      return
    }
    if (route === undefined) {
      this.fallback(host.fallback)
      return
    }
    const { action } = route.route
    switch (action.kind) {
      case 'forward':
        this.forward(action, route, first)
        break
      case 'redirect':
        this.redirect(action, route)
        break
      case 'direct-response':
        this.direct(action, 'direct_response')
        break
      case 'fail':
        this.reply({
          status: action.status,
          body: action.message,
          details: action.reason,
          reason: action.reason,
        })
    }
  }

  private forward(action: Forward, route: RoutePlan, first: Buffer | undefined): void {
    this.forwarding = new Forwarding(this, action, route)
    this.forwarding.start(first)
  }

  private fallback(response: DirectResponse | undefined): void {
    // No route has answered: there are no headers of one.
    if (response === undefined) this.reply({ status: 404, flag: 'NR', details: 'route_not_found' }, 'filter')
    else this.direct(response, 'route_not_found', 'NR')
  }

  private direct(response: DirectResponse, details: string, flag?: string): void {
    this.reply({
      status: response.status,
      details,
      ...(flag === undefined ? {} : { flag }),
      ...(response.body === undefined
        ? {}
        : { body: response.body, contentType: response.contentType ?? 'text/plain' }),
    })
  }

  private redirect(redirect: Redirect, route: RoutePlan | undefined): void {
    const { context, manager } = this
    const location = redirectLocation(redirect, route, context, manager.profile)
    // As in Envoy, what follows sees the path that is redirected to.
    rewritePath(context, route, manager.profile === 'istio')
    this.reply({
      status: redirect.status,
      details: 'direct_response',
      headers: [['location', location]],
    })
  }
}

/** gRPC over HTTP/2; gRPC-Web is something else. */
function isGrpc({ version, headers }: RequestHead): boolean {
  if (version !== 'HTTP/2') return false
  return asksGrpc(headers.get('content-type'))
}

function allowsUpgrade(manager: HttpManager, upgrade: string): boolean {
  return manager.upgrades.includes('*') || manager.upgrades.includes(upgrade.toLowerCase())
}
