// Virtual hosts and their routes as config.route.v3. What the routes of a host have in common stands at the host: Envoy builds each retry policy and
// each filter's settings of every route of a table anew when a host of that table changes.
import type { FilterKind } from '../../../ir/filter.ts'
import type { HttpManager } from '../../../ir/listener.ts'
import type { DirectResponse, Forward, RetryPolicy, Route, VirtualHost } from '../../../ir/route.ts'
import { operationOf } from '../../../ir/tracing.ts'
import { actionFields, answer, type Closed, redirectCodes, retryPolicy } from './action.ts'
import { lowerFilter } from './filters/support.ts'
import { headerFields } from './header-fields.ts'
import { routeMatcher } from './match.ts'
import { any, compact, type Message } from './proto.ts'
import { equal } from './settle.ts'

/** What a table and its hosts need to know of the manager that they are for. */
export interface Style {
  readonly profile: HttpManager['profile']
  /** What a TLS client gets that asks for a host of none of the table's. */
  readonly misdirected: boolean
  /** The client's address is added to X-Forwarded-For. */
  readonly appendsClient: boolean
  /** The Server header of programs is taken away. */
  readonly withoutServer: boolean
  /** Spans are named after routes. */
  readonly decorated: boolean
  /** Kinds of filters that work on every route, separated by blanks. */
  readonly filtersOfAll: string
}

/** What of it a lowered virtual host depends on. */
export type HostStyle = Pick<Style, 'profile' | 'decorated' | 'filtersOfAll'>

/** What a host says for those of its routes that say nothing else. */
interface Common {
  readonly retry?: RetryPolicy
  /** By name in Envoy. */
  readonly filters: ReadonlyMap<string, Message>
}

/** Filters whose settings hold no state, so that it is the same whether routes share them. */
const STATELESS: readonly FilterKind[] = ['body-limit', 'rbac', 'fault', 'cors']

/** The first, where more than half of `all` have it. */
function prevailing<T>(values: readonly T[], all: number): T | undefined {
  const [first] = values
  return first !== undefined && values.filter((value) => equal(value, first)).length * 2 > all
    ? first
    : undefined
}

function commonOf({ routes }: VirtualHost, { filtersOfAll }: HostStyle): Common {
  const forwards = routes.map(({ action }) => action).filter((action) => action.kind === 'forward')
  const retry = prevailing(forwards.flatMap(retryOf), forwards.length)
  const shared = STATELESS.flatMap((kind) => {
    const said = routes.flatMap(({ filters = [] }) =>
      filters.filter((filter) => filter.kind === kind).map(lowerFilter),
    )
    const first = prevailing(said, routes.length)
    // A route without it would lose the one of all routes. Of CORS Envoy mixes what host and route say.
    const alone = !filtersOfAll.split(' ').includes(kind) && said.every((filter) => equal(filter, first))
    return first && alone ? first : []
  })
  return {
    ...(retry ? { retry } : {}),
    filters: new Map(shared.map(({ name, perRoute }) => [name, perRoute])),
  }
}

const retryOf = ({ retry }: Forward): readonly RetryPolicy[] => (retry && retry.attempts > 0 ? [retry] : [])

/** A policy of the route's own, one that never retries against that of the host, or nothing. */
function ownRetry(action: Forward, { retry: common }: Common): Message | undefined {
  const [retry] = retryOf(action)
  if (retry) return common && equal(retry, common) ? undefined : retryPolicy(retry)
  return common ? {} : undefined
}

/** Against what the host says for all. */
const disabled = any('envoy.config.route.v3.FilterConfig', { disabled: true })

/** Settings of filters that a route alone has, and what turns those of the host off that it has not. */
function ownFilters(route: Pick<Route, 'filters'>, common: Common): Message {
  const all = (route.filters ?? []).flatMap(lowerFilter)
  const names = new Set(all.map(({ name }) => name))
  const own = [
    ...all.flatMap(({ name, perRoute }) => (common.filters.has(name) ? [] : [[name, perRoute] as const])),
    ...[...common.filters.keys()].flatMap((name) => (names.has(name) ? [] : [[name, disabled] as const])),
  ]
  return own.length > 0 ? { typed_per_filter_config: Object.fromEntries(own) } : {}
}

/** config.route.v3.Route */
function lowerRoute(
  route: Route,
  closed: Closed,
  { profile, decorated }: HostStyle,
  common: Common,
): Message {
  const { response_headers_to_add: own, ...action } = actionFields(route, closed, profile, (forward) =>
    ownRetry(forward, common),
  )
  const operation = decorated ? operationOf(route) : undefined
  const headers = headerFields(route.headers)
  const added = [own, headers['response_headers_to_add']].flatMap((list) => (list as Message[]) ?? [])
  return compact({
    name: route.name,
    match: routeMatcher(route.match),
    ...action,
    decorator: operation === undefined ? undefined : { operation },
    ...headers,
    response_headers_to_add: added.length > 0 ? added : undefined,
    ...ownFilters(route, common),
  })
}

const toTls = (status: 301 | 308, common: Common): Message => ({
  name: 'require-tls',
  match: {
    prefix: '/',
    headers: [{ name: 'x-forwarded-proto', string_match: { exact: 'http' } }],
  },
  redirect: { https_redirect: true, response_code: redirectCodes[status] },
  ...ownFilters({}, common),
})

/** What is left over. */
export const fallbackRoute = (fallback: DirectResponse, profile: Style['profile']): Message => ({
  name: 'fallback',
  match: { prefix: '/' },
  ...answer({ ...fallback, reason: 'NR route_not_found' }, profile),
})

/** config.route.v3.VirtualHost */
export function lowerVirtualHost(host: VirtualHost, closed: Closed, style: HostStyle): Message {
  const { profile } = style
  const common = commonOf(host, style)
  return compact({
    name: host.name,
    // A fully qualified name may end with its root dot.
    domains: host.domains.flatMap((domain) => (domain === '*' ? [domain] : [domain, `${domain}.`])),
    routes: [
      ...(host.requireTls ? [toTls(host.requireTls.status, common)] : []),
      ...host.routes.map((route) => lowerRoute(route, closed, style, common)),
      ...(host.fallback ? [{ ...fallbackRoute(host.fallback, profile), ...ownFilters({}, common) }] : []),
    ],
    include_request_attempt_count: profile === 'istio' ? true : undefined,
    retry_policy: common.retry && retryPolicy(common.retry),
    typed_per_filter_config: common.filters.size > 0 ? Object.fromEntries(common.filters) : undefined,
    ...headerFields(host.headers),
  })
}
