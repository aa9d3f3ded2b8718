// One virtual host to a plan: its routes in order, with an index over literal paths so that many routes cost no more than a few.

import type { Origin } from '../../../diagnostics/origin.ts'
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
  readonly problems: readonly PlanProblem[]
}

/** Something of the model that could not be lowered; it fails closed. */
export interface PlanProblem {
  readonly origin: Origin
  readonly message: string
}

/** Below this many routes they are simply tried. */
const INDEX_FROM = 9

const plans = new WeakMap<VirtualHost, HostPlan>()

/** The plan of a virtual host; the same object gives the same plan. */
export function lowerVirtualHost(host: VirtualHost): HostPlan {
  const known = plans.get(host)
  if (known !== undefined) return known
  const routes: RoutePlan[] = []
  const problems: PlanProblem[] = []
  const find = host.routes.length < INDEX_FROM ? tryAll(routes) : tryIndexed(host.routes, routes)
  const plan: HostPlan = {
    host,
    fallback: host.fallback,
    response: headerProgram(host.headers?.response),
    find,
    problems,
  }
  for (const route of host.routes) routes.push(lowerRoute(route, host, plan, problems))
  plans.set(host, plan)
  return plan
}

/** A route that cannot be built loses itself only: bad conditions match nothing, anything else answers 500. */
function lowerRoute(route: Route, host: VirtualHost, plan: HostPlan, problems: PlanProblem[]): RoutePlan {
  const note = (error: unknown): void => {
    problems.push({ origin: route.origin, message: `route ${route.name} cannot be used: ${String(error)}` })
  }
  let matches: RequestTest = () => false
  try {
    matches = routeTest(route.match)
  } catch (error) {
    note(error)
  }
  try {
    return buildRoute(route, host, plan, matches)
  } catch (error) {
    note(error)
    const action = { kind: 'fail', status: 500, reason: 'SP0801', message: 'route cannot be used' } as const
    const { name, match, origin } = route
    return buildRoute({ name, match, origin, action }, { ...host, headers: {} }, plan, matches)
  }
}

function buildRoute(route: Route, host: VirtualHost, plan: HostPlan, matches: RequestTest): RoutePlan {
  const { action } = route
  return {
    route,
    matches,
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
