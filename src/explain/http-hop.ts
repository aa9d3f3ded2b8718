// What one HTTP manager does with a request: virtual host, route, policies, then an answer of its own or a cluster to forward to.
import type { Cluster, Endpoint } from '../ir/cluster.ts'
import type { FilterChain, HttpManager } from '../ir/listener.ts'
import type { Proxy } from '../ir/proxy.ts'
import type { DirectResponse, Forward, Route, VirtualHost } from '../ir/route.ts'
import type { Verification } from '../ir/token/judge-tokens.ts'
import { type Chosen, runFilters } from './filters.ts'
import { headerValue } from './header-value.ts'
import type { Approach, Flight, Hop, Outcome } from './hop.ts'
import { type MatchInput, routeMismatch } from './match.ts'
import { normalizePath } from './normalize-path.ts'
import { type Received, received, released } from './receive.ts'
import {
  headerChanges,
  mutateHeaders,
  type RedirectedAt,
  redirectLocation,
  rewriteTarget,
} from './rewrite.ts'
import { selectVirtualHost } from './select.ts'
import { spreadOf, usableEndpoint } from './spread.ts'
import { endpointsShown, tlsFor } from './upstream-client.ts'

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
  verification: Verification,
): Answer {
  const target = normalizePath(approach.flight.target, manager.path)
  if (target === undefined) return { hop, outcome: badPath(chain, approach.flight) }
  const peer = hop.tls?.client.given
  const { flight: taken, clientAddress } = received(chain, manager, approach, peer)
  const host = selectVirtualHost(manager.routes, taken.authority)
  const redirected = host?.requireTls !== undefined && saidScheme(manager, taken) === 'http'
  const { flight, route, nearMisses, decisions, outcome } = runFilters({
    manager,
    flight: { ...taken, target },
    clientAddress,
    approach,
    tls: hop.tls,
    verification,
    clusters: proxy.clusters,
    choose: (now, claims) =>
      host && !redirected ? pick(host, claims ? { ...now, claims } : now) : { nearMisses: [] },
  })
  const seen: Hop = {
    ...hop,
    authority: flight.authority,
    nearMisses,
    policies: [...hop.policies, ...decisions],
    ...(host ? { virtualHost: { name: host.name, origin: host.origin } } : {}),
    ...(route ? { route: { name: route.name, origin: route.origin } } : {}),
  }
  if (outcome) return { hop: seen, outcome }
  if (!host) return { hop: seen, outcome: noHost(manager, chain, flight) }
  if (host.requireTls && redirected) {
    const { status } = host.requireTls
    const location = redirectLocation(
      { kind: 'redirect', status, scheme: 'https' },
      redirectedAt(manager, flight, approach),
    )
    return {
      hop: seen,
      outcome: {
        kind: 'proxy',
        ok: true,
        status,
        location,
        summary: `redirected to ${location}`,
        origin: host.origin,
      },
    }
  }
  if (!route) return { hop: seen, outcome: noRoute(host, nearMisses) }
  const at = { proxy, manager, host, approach, received: { flight, clientAddress } }
  return act(at, route, seen)
}

/** By which a host that wants TLS judges: Envoy's by what the header says, nginx's by the connection. */
const saidScheme = ({ profile }: HttpManager, { headers, scheme }: Flight): string =>
  (profile === 'istio' ? headers.get('x-forwarded-proto') : undefined) ?? scheme

const redirectedAt = (
  { profile }: HttpManager,
  { scheme, authority, target }: Flight,
  { port }: Approach,
): RedirectedAt => ({ scheme, authority, target, port, profile })

const badPath = ({ origin }: FilterChain, { target }: Flight): Omit<Outcome, 'hop'> => ({
  kind: 'proxy',
  ok: false,
  status: 400,
  summary: `the path ${target} cannot be made plain`,
  advice: 'Send a path without broken escapes and without dots that lead above the root.',
  origin,
})

function pick(host: VirtualHost, request: MatchInput): Chosen {
  const nearMisses: Hop['nearMisses'][number][] = []
  for (const route of host.routes) {
    const mismatch = routeMismatch(route.match, request)
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
    cause: 'no-host',
    advice: `This chain serves ${served.join(', ') || 'no host'}. Put ${flight.authority} into the hosts of the same server (and of its VirtualService).`,
  }
}

function noRoute(host: VirtualHost, nearMisses: Hop['nearMisses']): Omit<Outcome, 'hop'> {
  const nearest = nearMisses[0]
  return {
    ...local(host.fallback, 404, `no route of ${host.name} matches`, host.origin),
    cause: 'no-route',
    advice: nearest
      ? `Nearest: ${nearest.route} wants ${nearest.mismatch.condition} ${nearest.mismatch.wanted}, the request has ${nearest.mismatch.got}.`
      : 'The host has no routes at all: bind a VirtualService to this Gateway.',
  }
}

/** Where a request is when its route is known. */
interface AtRoute {
  readonly proxy: Proxy
  readonly manager: HttpManager
  readonly host: VirtualHost
  readonly approach: Approach
  readonly received: Received
}

function act(at: AtRoute, route: Route, hop: Hop): Answer {
  const { action, origin } = route
  if (action.kind === 'redirect') {
    const {
      manager,
      received: { flight },
      approach,
    } = at
    const location = redirectLocation(action, redirectedAt(manager, flight, approach), route.match.path)
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
        cause: 'fails-closed',
        reason: action.reason,
        summary: action.message,
        origin,
      },
    }
  return forward(at, route, action, hop)
}

function forward(at: AtRoute, route: Route, action: Forward, hop: Hop): Answer {
  const { proxy, manager, host, approach } = at
  const { flight, clientAddress } = at.received
  const total = action.clusters.reduce((sum, { weight }) => sum + weight, 0)
  const [chosen, ...others] = [...action.clusters].sort((a, b) => b.weight - a.weight)
  const cluster = proxy.clusters.find(({ name }) => name === chosen?.cluster)
  const share = (weight: number) => (total === 0 ? 0 : Math.round((100 * weight) / total))
  const alternatives = others.map(({ cluster: name, weight }) => ({ cluster: name, percent: share(weight) }))
  const target = rewriteTarget(flight.target, route.match.path, action.rewrite)
  const source = {
    ...{ flight, approach, clientAddress, peer: hop.tls?.client.given },
    ...{ route: route.name, cluster: chosen?.cluster ?? '' },
  }
  // The most specific mutations come first, as in Envoy.
  const mutated = [chosen?.headers, route.headers, host.headers].reduce(
    (headers, mutations) =>
      mutateHeaders(headers, mutations?.request, (text, now) =>
        headerValue(text, { ...source, headers: now }),
      ),
    flight.headers,
  )
  const authority = action.rewrite?.authority ?? mutated.get('host') ?? flight.authority
  const headers = released(manager, mutated.without('host'), approach)
  const endpoint = cluster && usableEndpoint(cluster)
  const spread = cluster ? spreadOf(cluster) : []
  const tls = cluster && endpoint ? tlsFor(cluster, endpoint) : undefined
  const upstream: NonNullable<Hop['upstream']> = {
    cluster: chosen?.cluster ?? '(none)',
    tls: tls ? (tls.certificate ? 'mutual' : 'tls') : 'none',
    alternatives,
    ...(others.length > 0 && chosen ? { percent: share(chosen.weight) } : {}),
    ...(action.mirrors?.length ? { mirrors: action.mirrors } : {}),
    ...(cluster?.service ? { service: cluster.service } : {}),
    ...(cluster ? { origin: cluster.origin } : {}),
    ...(spread.length > 0 ? { spread } : {}),
    ...(cluster && endpoint ? endpointsShown(cluster, endpoint) : {}),
  }
  const forwarded: Hop = {
    ...hop,
    upstream,
    headers: headerChanges(approach.flight.headers, headers),
    ...(target === flight.target ? {} : { target: { from: flight.target, to: target } }),
  }
  const outcome = refused(cluster, endpoint, upstream.cluster, route)
  if (outcome) return { hop: forwarded, outcome }
  if (!cluster || !endpoint) throw new Error('unreachable: refused() covers both')
  return { hop: forwarded, flight: { ...flight, target, authority, headers }, cluster, endpoint }
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
      cause: 'no-destination',
      summary: `the destination ${name} is not known`,
      advice: 'Name an existing Service (and subset) as destination.',
      reason: 'SP0501',
      origin: route.origin,
    }
  if (cluster.refuse)
    return {
      ...base,
      flag: 'UF',
      cause: 'fails-closed',
      summary: cluster.refuse.message,
      reason: cluster.refuse.reason,
      origin: cluster.origin,
    }
  if (endpoint) return undefined
  return {
    ...base,
    status: cluster.noEndpoints?.status ?? 503,
    flag: 'UH',
    cause: 'no-endpoint',
    summary: `no ready endpoint in ${cluster.name}`,
    advice: 'Check the Service’s selector and the readiness of its pods.',
    reason: 'SP0701',
    origin: cluster.origin,
  }
}
