// One virtual host to a plan: its routes in order, with an index over literal paths so that many routes cost no more than a few.

import type { PathMatch } from '../../../ir/match.ts'
import type { DirectResponse, Route, VirtualHost } from '../../../ir/route.ts'
import { type FilterPlan, filterPlans } from './filters.ts'
import { type HeaderProgram, headerProgram } from './header-program.ts'
import { type PathRewrite, pathRewrite } from './path-rewrite.ts'
import type { RequestView } from './request-view.ts'
import { type RequestTest, routeTest } from './route-match.ts'

export interface RoutePlan {
  readonly route: Route
  readonly matches: RequestTest
  readonly filters: readonly FilterPlan[]
  /** Those of the route, then of its virtual host (Envoy's order: most specific first). */
  readonly request: HeaderProgram | undefined
  readonly response: HeaderProgram | undefined
  /** By index in `route.action.clusters`, when they have mutations of their own. */
  readonly weighted: readonly {
    readonly request: HeaderProgram | undefined
    readonly response: HeaderProgram | undefined
  }[]
  /** The path that the upstream (or a redirect's Location) gets, query included; undefined: as it came. */
  readonly rewrite: PathRewrite | undefined
  readonly host: HostPlan
}

export interface HostPlan {
  readonly host: VirtualHost
  readonly fallback: DirectResponse | undefined
  readonly response: HeaderProgram | undefined
  /** The first route that matches. */
  find(request: RequestView): RoutePlan | undefined
}

/** Below this many routes they are simply tried. */
const INDEX_FROM = 9

const plans = new WeakMap<VirtualHost, HostPlan>()

/** The plan of a virtual host; the same object gives the same plan. */
export function lowerVirtualHost(host: VirtualHost): HostPlan {
  const known = plans.get(host)
  if (known !== undefined) return known
  const routes: RoutePlan[] = []
  const find = host.routes.length < INDEX_FROM ? tryAll(routes) : tryIndexed(host.routes, routes)
  const plan: HostPlan = {
    host,
    fallback: host.fallback,
    response: headerProgram(host.headers?.response),
    find,
  }
  for (const route of host.routes) routes.push(lowerRoute(route, host, plan))
  plans.set(host, plan)
  return plan
}

function lowerRoute(route: Route, host: VirtualHost, plan: HostPlan): RoutePlan {
  const { action } = route
  return {
    route,
    matches: routeTest(route.match),
    filters: filterPlans(route.filters),
    request: headerProgram(route.headers?.request, host.headers?.request),
    response: headerProgram(route.headers?.response, host.headers?.response),
    weighted:
      action.kind === 'forward'
        ? action.clusters.map(({ headers }) => ({
            request: headerProgram(headers?.request),
            response: headerProgram(headers?.response),
          }))
        : [],
    rewrite: rewriteOf(route),
    host: plan,
  }
}

function rewriteOf({ action, match }: Route): PathRewrite | undefined {
  const path =
    action.kind === 'forward' ? action.rewrite?.path : action.kind === 'redirect' ? action.path : undefined
  return path === undefined ? undefined : pathRewrite(path, match.path)
}

function tryAll(routes: readonly RoutePlan[]): HostPlan['find'] {
  return (request) => {
    for (const route of routes) if (route.matches(request)) return route
    return undefined
  }
}

/** Routes by the literal that their path begins with. A request's candidates are found by its own prefixes, one lookup per literal length in use. */
function tryIndexed(sources: readonly Route[], routes: readonly RoutePlan[]): HostPlan['find'] {
  const byLiteral = new Map<string, number[]>()
  const everywhere: number[] = []
  for (const [index, { match }] of sources.entries()) {
    const literal = literalStart(match.path)
    if (literal === '') everywhere.push(index)
    else {
      const list = byLiteral.get(literal)
      if (list === undefined) byLiteral.set(literal, [index])
      else list.push(index)
    }
  }
  const lengths = [...new Set([...byLiteral.keys()].map((literal) => literal.length))].sort((a, b) => a - b)
  return (request) => {
    const { path } = request
    let best = firstMatch(everywhere, routes, request, Number.MAX_SAFE_INTEGER)
    for (const length of lengths) {
      if (length > path.length) break
      const candidates = byLiteral.get(path.slice(0, length))
      if (candidates !== undefined) best = firstMatch(candidates, routes, request, best)
    }
    return routes[best]
  }
}

function firstMatch(
  candidates: readonly number[],
  routes: readonly RoutePlan[],
  request: RequestView,
  best: number,
): number {
  for (const index of candidates) {
    if (index >= best) break
    if (routes[index]?.matches(request)) return index
  }
  return best
}

function literalStart(path: PathMatch): string {
  if (path.kind === 'any' || path.kind === 'regex') return ''
  if (path.kind !== 'segment-prefix' && path.ignoreCase === true) return ''
  return path.value
}
