// What one HTTP manager does with a request: virtual host, route, policies, then an answer of its own or a cluster to forward to.
import type { Cluster, Endpoint } from '../ir/cluster.ts'
import type { Filter, FilterKind } from '../ir/filter.ts'
import type { FilterChain, HttpManager } from '../ir/listener.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { DirectResponse, Forward, Route, VirtualHost } from '../ir/route.ts'
import { headerValue } from './header-value.ts'
import type { Approach, Flight, Hop, Outcome } from './hop.ts'
import { routeMismatch } from './match.ts'
import { normalizePath } from './normalize-path.ts'
import { decide, type PolicyDecision, type Subject } from './policy.ts'
import { headerChanges, mutateHeaders, redirectLocation, rewriteTarget } from './rewrite.ts'
import { hostOf, selectVirtualHost } from './select.ts'
import { tlsFor, usableEndpoint } from './upstream-client.ts'

type Answer =
  | { readonly hop: Hop; readonly outcome: Omit<Outcome, 'hop'> }
  | { readonly hop: Hop; readonly flight: Flight; readonly cluster: Cluster; readonly endpoint: Endpoint }

/** Answers for one hop; `hop` comes in with listener, chain and TLS filled and goes out with the rest. */
export function answerHttp(
  proxy: Proxy,
  chain: FilterChain,
  manager: HttpManager,
  approach: Approach,
  hop: Hop,
): Answer {
  const target = normalizePath(approach.flight.target, manager.path)
  if (target === undefined) return { hop, outcome: badPath(chain, approach.flight) }
  const flight = { ...received(manager, approach), target }
  const seen: Hop = { ...hop, authority: flight.authority }
  const host = selectVirtualHost(manager.routes, flight.authority)
  if (!host) return { hop: seen, outcome: noHost(manager, chain, flight) }
  const atHost: Hop = { ...seen, virtualHost: { name: host.name, origin: host.origin } }
  if (host.requireTls && flight.scheme === 'http') {
    const location = `https://${flight.authority.replace(/:\d+$/, '')}${flight.target}`
    return {
      hop: atHost,
      outcome: {
        kind: 'proxy',
        ok: true,
        status: host.requireTls.status,
        location,
        summary: `redirected to ${location}`,
        origin: host.origin,
      },
    }
  }
  const { route, nearMisses } = pick(host, flight)
  if (!route) return { hop: { ...atHost, nearMisses }, outcome: noRoute(host, nearMisses) }
  const policies = policyDecisions(manager, route, flight, approach, hop)
  const routed: Hop = { ...atHost, nearMisses, policies, route: { name: route.name, origin: route.origin } }
  const denied = policies.find(({ allowed }) => !allowed)
  if (denied) {
    const outcome = {
      kind: 'proxy' as const,
      ok: false,
      status: 403,
      flag: 'UAEX' as const,
      summary: `RBAC: access denied (${denied.because})`,
      advice: 'Add a rule that allows this caller and operation, or correct the one that denies it.',
      origin: denied.by?.origin ?? route.origin,
    }
    return { hop: routed, outcome }
  }
  const limit = filterOf(manager, route, 'body-limit')
  if (limit && (flight.bodyBytes ?? 0) > limit.config.bytes && limit.config.bytes > 0)
    return {
      hop: routed,
      outcome: {
        kind: 'proxy',
        ok: false,
        status: 413,
        summary: `the body of ${flight.bodyBytes} bytes is above the limit of ${limit.config.bytes}`,
        advice: 'Raise the limit (client-max-body-size), or send less.',
        origin: limit.origin,
      },
    }
  return act(proxy, manager, host, route, flight, routed, approach)
}

const badPath = ({ origin }: FilterChain, { target }: Flight): Omit<Outcome, 'hop'> => ({
  kind: 'proxy',
  ok: false,
  status: 400,
  summary: `the path ${target} cannot be made plain`,
  advice: 'Send a path without broken escapes and without dots that lead above the root.',
  origin,
})

/** The request after the listener's own header work: what a client may not claim is taken away, who it is is written down. */
function received(manager: HttpManager, approach: Approach): Flight {
  const headers = new Map(approach.flight.headers)
  const { mode, details } = manager.forwardClientCert
  const peer = approach.client.chain[0]
  if (mode === 'sanitize' || mode === 'sanitize-set') headers.delete('x-forwarded-client-cert')
  if (peer && (mode === 'sanitize-set' || mode === 'append-forward')) {
    const parts = [
      `Hash=${peer.fingerprint}`,
      ...(details.includes('subject') ? [`Subject="${peer.subject}"`] : []),
      ...(details.includes('uri') ? peer.sans.uri.map((uri) => `URI=${uri}`) : []),
      ...(details.includes('dns') ? peer.sans.dns.map((name) => `DNS=${name}`) : []),
    ]
    const before = headers.get('x-forwarded-client-cert')
    headers.set('x-forwarded-client-cert', [...(before ? [before] : []), parts.join(';')].join(','))
  }
  if (manager.clientAddress.useRemoteAddress || manager.profile === 'alb') {
    const before = headers.get('x-forwarded-for')
    const separator = manager.profile === 'alb' ? ', ' : ','
    headers.set('x-forwarded-for', before ? `${before}${separator}${approach.sourceIp}` : approach.sourceIp)
    headers.set('x-forwarded-proto', approach.flight.scheme)
  }
  if (manager.profile === 'alb') {
    headers.set('x-real-ip', approach.sourceIp)
    headers.set('x-forwarded-host', hostOf(approach.flight.authority))
    headers.set('x-forwarded-port', String(approach.port))
  }
  return { ...approach.flight, headers }
}

function pick(host: VirtualHost, flight: Flight): { route?: Route; nearMisses: Hop['nearMisses'] } {
  const nearMisses: Hop['nearMisses'][number][] = []
  for (const route of host.routes) {
    const mismatch = routeMismatch(route.match, flight)
    if (!mismatch) return { route, nearMisses }
    nearMisses.push({ route: route.name, origin: route.origin, mismatch })
  }
  return { nearMisses }
}

const local = (
  fallback: DirectResponse | undefined,
  status: number,
  summary: string,
  origin: Outcome['origin'],
): Omit<Outcome, 'hop'> => ({
  kind: 'proxy',
  ok: false,
  status: fallback?.status ?? status,
  flag: 'NR',
  summary,
  ...(origin ? { origin } : {}),
})

function noHost(manager: HttpManager, chain: FilterChain, flight: Flight): Omit<Outcome, 'hop'> {
  const served = manager.routes.virtualHosts.flatMap(({ domains }) => domains)
  return {
    ...local(
      manager.routes.fallback,
      manager.misdirected ?? 404,
      `no virtual host of this chain serves ${flight.authority}`,
      chain.origin,
    ),
    advice: `This chain serves ${served.join(', ') || 'no host'}. Put ${flight.authority} into the hosts of the same server (and of its VirtualService).`,
  }
}

function noRoute(host: VirtualHost, nearMisses: Hop['nearMisses']): Omit<Outcome, 'hop'> {
  const nearest = nearMisses[0]
  return {
    ...local(host.fallback, 404, `no route of ${host.name} matches`, host.origin),
    advice: nearest
      ? `Nearest: ${nearest.route} wants ${nearest.mismatch.condition} ${nearest.mismatch.wanted}, the request has ${nearest.mismatch.got}.`
      : 'The host has no routes at all: bind a VirtualService to this Gateway.',
  }
}

function policyDecisions(
  manager: HttpManager,
  route: Route,
  flight: Flight,
  approach: Approach,
  hop: Hop,
): readonly PolicyDecision[] {
  const filters = [...(manager.filters ?? []), ...(route.filters ?? [])].filter(
    (filter): filter is Filter<'rbac'> => filter.kind === 'rbac',
  )
  if (filters.length === 0) return []
  const uri = hop.tls?.client.given?.sans.uri.find((name) => name.startsWith('spiffe://'))
  const forwarded = flight.headers.get('x-forwarded-for')?.split(',') ?? []
  const subject: Subject = {
    ...(uri === undefined ? {} : { principal: uri.slice('spiffe://'.length) }),
    ...(approach.opening.sni === undefined ? {} : { sni: approach.opening.sni }),
    sourceIp: approach.sourceIp,
    remoteIp:
      forwarded[Math.max(0, forwarded.length - 1 - manager.clientAddress.trustedHops)]?.trim() ??
      approach.sourceIp,
    destinationIp: approach.address,
    destinationPort: approach.port,
    method: flight.method,
    path: flight.target.split('?', 1)[0] ?? '/',
    host: flight.authority,
    headers: flight.headers,
  }
  return filters.map((filter) => decide(filter.config.policies, subject))
}

const filterOf = <K extends FilterKind>(manager: HttpManager, route: Route, kind: K): Filter<K> | undefined =>
  [...(route.filters ?? []), ...(manager.filters ?? [])].find((filter) => filter.kind === kind) as
    | Filter<K>
    | undefined

const sourceOf = ({ sourceIp, opening: { sni } }: Approach) => ({
  sourceIp,
  ...(sni === undefined ? {} : { sni }),
})

function act(
  proxy: Proxy,
  manager: HttpManager,
  host: VirtualHost,
  route: Route,
  flight: Flight,
  hop: Hop,
  approach: Approach,
): Answer {
  const { action, origin } = route
  const fault = filterOf(manager, route, 'fault')
  if (fault?.config.abort && fault.config.abort.percent >= 100)
    return {
      hop,
      outcome: {
        kind: 'proxy',
        ok: false,
        status: fault.config.abort.status,
        flag: 'FI',
        summary: 'fault injected',
        origin: fault.origin,
      },
    }
  if (action.kind === 'redirect') {
    const location = redirectLocation(action, flight, route.match.path)
    return {
      hop,
      outcome: {
        kind: 'proxy',
        ok: true,
        status: action.status,
        location,
        summary: `redirected to ${location}`,
        origin,
      },
    }
  }
  if (action.kind === 'direct-response')
    return {
      hop,
      outcome: {
        kind: 'proxy',
        ok: action.status < 500,
        status: action.status,
        summary: 'answered by the route itself',
        origin,
      },
    }
  if (action.kind === 'fail')
    return {
      hop,
      outcome: {
        kind: 'proxy',
        ok: false,
        status: action.status,
        reason: action.reason,
        summary: action.message,
        origin,
      },
    }
  return forward(proxy, host, route, action, flight, hop, approach)
}

function forward(
  proxy: Proxy,
  host: VirtualHost,
  route: Route,
  action: Forward,
  flight: Flight,
  hop: Hop,
  approach: Approach,
): Answer {
  const total = action.clusters.reduce((sum, { weight }) => sum + weight, 0)
  const [chosen, ...others] = [...action.clusters].sort((a, b) => b.weight - a.weight)
  const cluster = proxy.clusters.find(({ name }) => name === chosen?.cluster)
  const share = (weight: number) => (total === 0 ? 0 : Math.round((100 * weight) / total))
  const alternatives = others.map(({ cluster: name, weight }) => ({ cluster: name, percent: share(weight) }))
  const target = rewriteTarget(flight.target, route.match.path, action.rewrite)
  // The most specific mutations come first, as in Envoy.
  const mutated = [chosen?.headers, route.headers, host.headers].reduce(
    (headers, mutations) =>
      mutateHeaders(headers, mutations?.request, (text, now) =>
        headerValue(text, { flight, headers: now, ...sourceOf(approach) }),
      ),
    new Map(flight.headers),
  )
  const authority =
    mutated.get('host') ?? mutated.get(':authority') ?? action.rewrite?.authority ?? flight.authority
  mutated.delete('host')
  mutated.delete(':authority')
  const endpoint = cluster && usableEndpoint(cluster)
  const tls = cluster && endpoint ? tlsFor(cluster, endpoint) : undefined
  const upstream: NonNullable<Hop['upstream']> = {
    cluster: chosen?.cluster ?? '(none)',
    tls: tls ? (tls.certificate ? 'mutual' : 'tls') : 'none',
    alternatives,
    ...(others.length > 0 && chosen ? { percent: share(chosen.weight) } : {}),
    ...(action.mirrors?.length ? { mirrors: action.mirrors } : {}),
    ...(cluster?.service ? { service: cluster.service } : {}),
    ...(cluster ? { origin: cluster.origin } : {}),
    ...(endpoint ? { endpoint: `${endpoint.address}:${endpoint.port}` } : {}),
  }
  const forwarded: Hop = {
    ...hop,
    upstream,
    headers: headerChanges(flight.headers, mutated),
    ...(target === flight.target ? {} : { target: { from: flight.target, to: target } }),
  }
  const outcome = refused(cluster, endpoint, upstream.cluster, route)
  if (outcome) return { hop: forwarded, outcome }
  if (!cluster || !endpoint) throw new Error('unreachable: refused() covers both')
  return { hop: forwarded, flight: { ...flight, target, authority, headers: mutated }, cluster, endpoint }
}

function refused(
  cluster: Cluster | undefined,
  endpoint: Endpoint | undefined,
  name: string,
  route: Route,
): Omit<Outcome, 'hop'> | undefined {
  const base = { kind: 'proxy' as const, ok: false, status: 503 }
  if (!cluster)
    return {
      ...base,
      flag: 'NC',
      summary: `the destination ${name} is not known`,
      advice: 'Name an existing Service (and subset) as destination.',
      reason: 'SP0501',
      origin: route.origin,
    }
  if (cluster.refuse)
    return {
      ...base,
      flag: 'UF',
      summary: cluster.refuse.message,
      reason: cluster.refuse.reason,
      origin: cluster.origin,
    }
  if (endpoint) return undefined
  return {
    ...base,
    status: cluster.noEndpoints?.status ?? 503,
    flag: 'UH',
    summary: `no ready endpoint in ${cluster.name}`,
    advice: 'Check the Service’s selector and the readiness of its pods.',
    reason: 'SP0701',
    origin: cluster.origin,
  }
}
