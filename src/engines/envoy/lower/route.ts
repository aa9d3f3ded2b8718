// Route tables: virtual hosts and routes as config.route.v3. Lowered per virtual host, so that one changed host costs one host.
import type { Cluster } from '../../../ir/cluster.ts'
import type { HttpManager } from '../../../ir/listener.ts'
import { RETRY_PRIORITY_FREQUENCY } from '../../../ir/priority-load.ts'
import type {
  DirectResponse,
  Forward,
  HashSource,
  HeaderMutations,
  Redirect,
  RetryPolicy,
  Route,
  RouteTable,
  VirtualHost,
} from '../../../ir/route.ts'
import { operationOf } from '../../../ir/tracing.ts'
import { albPage } from './alb-page.ts'
import { lowerFilter } from './filters/support.ts'
import { REASON_HEADER } from './local-reply.ts'
import { routeMatcher } from './match.ts'
import { compact, duration, extension, type Message } from './proto.ts'

/** Clusters that answer by themselves, by name: those that refuse, and empty ones that say what to do then. A route to one becomes a direct response. */
export type Closed = ReadonlyMap<string, Answer>

const option =
  (append: 'OVERWRITE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD') =>
  ([key, value]: readonly [string, string]): Message => ({
    header: { key, value },
    append_action: append,
  })

/** Envoy leaves a header as it came when the value that replaces it turns out empty: a client could choose it. Removals come first, so it is removed. */
const computed = ([name, value]: readonly [string, string]): readonly string[] =>
  value.includes('%') && !value.toLowerCase().includes(`(${name})`) ? [name] : []

/** The four header fields that route configuration, virtual host, route and weighted cluster share. The host header is an authority rewrite. */
export function headerFields(mutations: HeaderMutations | undefined): Message {
  const side = (name: 'request' | 'response') => {
    const mutation = mutations?.[name]
    const settable = ([key]: readonly [string, string]) => key !== 'host' && !key.startsWith(':')
    const add = [
      ...(mutation?.set ?? []).filter(settable).map(option('OVERWRITE_IF_EXISTS_OR_ADD')),
      ...(mutation?.add ?? []).filter(settable).map(option('APPEND_IF_EXISTS_OR_ADD')),
    ]
    const remove = [...(mutation?.remove ?? []), ...(mutation?.set ?? []).flatMap(computed)]
    return {
      [`${name}_headers_to_add`]: add.length > 0 ? add : undefined,
      [`${name}_headers_to_remove`]: remove.length > 0 ? remove : undefined,
    }
  }
  return compact({ ...side('request'), ...side('response') })
}

const hostHeader = (mutations: HeaderMutations | undefined): string | undefined =>
  [...(mutations?.request?.set ?? []), ...(mutations?.request?.add ?? [])].find(
    ([name]) => name === 'host' || name === ':authority',
  )?.[1]

const previousHosts = extension(
  'envoy.retry_host_predicates.previous_hosts',
  'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
  {},
)

const previousPriorities = extension(
  'envoy.retry_priorities.previous_priorities',
  'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
  { update_frequency: RETRY_PRIORITY_FREQUENCY },
)

function retryPolicy(retry: RetryPolicy): Message {
  const on = [...retry.on, ...(retry.statusCodes?.length ? ['retriable-status-codes'] : [])].join(',')
  return compact({
    retry_on: on,
    num_retries: retry.attempts,
    per_try_timeout: retry.perTryTimeoutMs === undefined ? undefined : duration(retry.perTryTimeoutMs),
    retriable_status_codes: retry.statusCodes?.length ? retry.statusCodes : undefined,
    retry_back_off: retry.backoffMs === undefined ? undefined : { base_interval: duration(retry.backoffMs) },
    retry_priority: retry.otherPriorities && previousPriorities,
    retry_host_predicate: retry.hostReselect ? [previousHosts] : undefined,
    host_selection_retry_max_attempts: retry.hostReselect || undefined,
  })
}

function hashPolicy(source: HashSource): Message {
  switch (source.kind) {
    case 'header':
      return { header: { header_name: source.name }, terminal: true }
    case 'cookie':
      return {
        cookie: compact({
          name: source.name,
          path: source.path,
          ttl: source.ttlSeconds === undefined ? undefined : duration(source.ttlSeconds * 1000),
          attributes: source.secure === true ? [{ name: 'Secure' }] : undefined,
        }),
        terminal: true,
      }
    case 'source-ip':
      return { connection_properties: { source_ip: true }, terminal: true }
    case 'query':
      return { query_parameter: { name: source.name }, terminal: true }
  }
}

const regexRewrite = (regex: string, substitution: string): Message => ({
  regex_rewrite: { pattern: { regex }, substitution },
})
const literal = (value: string): string => value.replace(/\\/g, '\\\\')

/** By whole segments: `/old` to `/` turns `/old/x` into `/x`, never into `//x` (Gateway API ReplacePrefixMatch). */
function segmentRewrite(prefix: string, value: string): Message {
  const stem = prefix.replace(/\/+$/, '')
  if (stem !== '' && value !== '' && !value.endsWith('/')) return { prefix_rewrite: value }
  const pattern = `^${stem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/?`
  return regexRewrite(pattern, literal(value.endsWith('/') ? value : `${value}/`))
}

/** The rewrite fields that RouteAction and RedirectAction share. */
function pathRewrite(
  path: NonNullable<Forward['rewrite']>['path'] | Redirect['path'],
  match: Route['match']['path'],
): Message {
  if (!path) return {}
  if (path.kind === 'regex') return regexRewrite(path.pattern, path.value)
  if (path.kind === 'replace-full' || match.kind === 'regex') return regexRewrite('^.*$', literal(path.value))
  return match.kind === 'segment-prefix'
    ? segmentRewrite(match.value, path.value)
    : { prefix_rewrite: path.value }
}

function rewriteFields(action: Forward, route: Route): Message {
  const authority = hostHeader(route.headers) ?? action.rewrite?.authority
  const path = action.rewrite?.path
  return {
    ...pathRewrite(path, route.match.path),
    ...(authority === undefined ? {} : { host_rewrite_literal: authority }),
  }
}

function forward(action: Forward, route: Route): Message {
  const [only, ...more] = action.clusters
  const target =
    only && more.length === 0 && !only.headers
      ? { cluster: only.cluster }
      : {
          weighted_clusters: {
            clusters: action.clusters.map(({ cluster, weight, headers }) => ({
              name: cluster,
              weight,
              ...headerFields(headers),
            })),
          },
        }
  return compact({
    ...target,
    ...rewriteFields(action, route),
    timeout: duration(action.timeoutMs ?? 0),
    idle_timeout: action.idleTimeoutMs === undefined ? undefined : duration(action.idleTimeoutMs),
    retry_policy: action.retry && action.retry.attempts > 0 ? retryPolicy(action.retry) : undefined,
    hash_policy: action.hash?.map(hashPolicy),
    request_mirror_policies: action.mirrors?.map(({ cluster, percent }) => ({
      cluster,
      runtime_fraction: {
        default_value: { numerator: Math.round(percent * 10_000), denominator: 'MILLION' },
      },
      disable_shadow_host_suffix_append: true,
    })),
  })
}

const redirectCodes = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
} as const

function redirect(action: Redirect, match: Route['match']['path']): Message {
  const port = typeof action.port === 'number' ? action.port : undefined
  return compact({
    response_code: redirectCodes[action.status],
    scheme_redirect: action.scheme,
    host_redirect: action.authority,
    port_redirect: port,
    ...pathRewrite(action.path, match),
  })
}

/** What an answer of the proxy's own is made of. */
export interface Answer {
  readonly status: number
  readonly body?: string
  readonly contentType?: string
  /** A reason code; absent: Envoy's response code details. */
  readonly reason?: string
}

/** The action and the headers of an answer. Without a body of its own it is a page at the ALB. */
function answer({ status, body, contentType, reason }: Answer, profile: Style['profile']): Message {
  const page = body === undefined && profile === 'alb' ? albPage(status) : ''
  const text = body ?? page
  const type = page === '' ? contentType : 'text/html'
  const headers = [
    ...(type ? [['content-type', type] as const] : []),
    ...(reason ? [[REASON_HEADER, reason] as const] : []),
  ]
  return compact({
    direct_response: compact({ status, body: text ? { inline_string: text } : undefined }),
    response_headers_to_add:
      headers.length > 0 ? headers.map(option('OVERWRITE_IF_EXISTS_OR_ADD')) : undefined,
  })
}

function answerOf({ refuse, noEndpoints, endpoints }: Cluster): Answer | undefined {
  if (refuse) return { status: 503, body: refuse.message, reason: refuse.reason }
  return noEndpoints && !endpoints.some(({ healthy }) => healthy) ? noEndpoints : undefined
}

/** The clusters of a proxy that cannot be used at all now. */
export const closedClusters = (clusters: readonly Cluster[]): Closed =>
  new Map(
    clusters.flatMap((cluster) => {
      const answer = answerOf(cluster)
      return answer ? [[cluster.name, answer] as const] : []
    }),
  )

/** What stands in for a forward whose only cluster is closed. */
function closedAction(action: Forward, closed: Closed): Answer | undefined {
  const [only, ...more] = action.clusters
  return only && more.length === 0 ? closed.get(only.cluster) : undefined
}

function actionFields(route: Route, closed: Closed, profile: Style['profile']): Message {
  const { action } = route
  switch (action.kind) {
    case 'forward': {
      const shut = closedAction(action, closed)
      return shut
        ? answer(profile === 'alb' && shut.reason ? withoutBody(shut) : shut, profile)
        : { route: forward(action, route) }
    }
    case 'redirect':
      return { redirect: redirect(action, route.match.path) }
    case 'direct-response':
      return answer(action, profile)
    case 'fail': {
      const { status, reason, message } = action
      return answer(profile === 'alb' ? { status, reason } : { status, reason, body: message }, profile)
    }
  }
}

/** nginx shows its page, whatever the reason. */
const withoutBody = ({ status, reason }: Answer): Answer => ({ status, ...(reason ? { reason } : {}) })

/** config.route.v3.Route */
function lowerRoute(route: Route, closed: Closed, { profile, decorated }: HostStyle): Message {
  const filters = (route.filters ?? []).flatMap(lowerFilter)
  const { response_headers_to_add: own, ...action } = actionFields(route, closed, profile)
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
    typed_per_filter_config:
      filters.length > 0
        ? Object.fromEntries(filters.map(({ name, perRoute }) => [name, perRoute]))
        : undefined,
  })
}

const toTls = (status: 301 | 308): Message => ({
  name: 'require-tls',
  match: {
    prefix: '/',
    headers: [{ name: 'x-forwarded-proto', string_match: { exact: 'http' } }],
  },
  redirect: { https_redirect: true, response_code: redirectCodes[status] },
})

const fallbackRoute = (fallback: DirectResponse, profile: Style['profile']): Message => ({
  name: 'fallback',
  match: { prefix: '/' },
  ...answer({ ...fallback, reason: 'NR route_not_found' }, profile),
})

/** What a virtual host needs to know of the manager that it is for. */
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
}

/** What of it a lowered virtual host depends on. */
export type HostStyle = Pick<Style, 'profile' | 'decorated'>

/** config.route.v3.VirtualHost */
export function lowerVirtualHost(host: VirtualHost, closed: Closed, style: HostStyle): Message {
  const { profile } = style
  return compact({
    name: host.name,
    // A fully qualified name may end with its root dot.
    domains: host.domains.flatMap((domain) => (domain === '*' ? [domain] : [domain, `${domain}.`])),
    routes: [
      ...(host.requireTls ? [toTls(host.requireTls.status)] : []),
      ...host.routes.map((route) => lowerRoute(route, closed, style)),
      ...(host.fallback ? [fallbackRoute(host.fallback, profile)] : []),
    ],
    include_request_attempt_count: profile === 'istio' ? true : undefined,
    ...headerFields(host.headers),
  })
}

const CLIENT = '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'

/** The ALB tells programs of the client as nginx does, and nothing of Envoy. */
const albRequestHeaders = [
  ['x-real-ip', CLIENT],
  ['x-forwarded-host', '%REQ(:AUTHORITY)%'],
  ['x-forwarded-port', '%DOWNSTREAM_LOCAL_PORT%'],
  ['x-global-k8fdic-transaction-id', '%REQ(X-REQUEST-ID)%'],
] as const

/** Header fields of the whole table. */
function tableHeaders({ profile, appendsClient, withoutServer }: Style): Message {
  const alb = profile === 'alb'
  const add = [
    ...(alb ? albRequestHeaders.map(option('OVERWRITE_IF_EXISTS_OR_ADD')) : []),
    // Envoy itself would write its own address for a client on loopback.
    ...(appendsClient ? [option('APPEND_IF_EXISTS_OR_ADD')(['x-forwarded-for', CLIENT])] : []),
  ]
  const gone = [...(alb ? ['x-global-k8fdic-transaction-id'] : []), ...(withoutServer ? ['server'] : [])]
  return compact({
    request_headers_to_add: add.length > 0 ? add : undefined,
    request_headers_to_remove: [
      REASON_HEADER,
      ...(alb ? ['x-envoy-external-address', 'x-envoy-original-path'] : []),
    ],
    response_headers_to_remove: gone.length > 0 ? gone : undefined,
  })
}

/** A route configuration in parts: what changes rarely, and its virtual hosts by name. */
export interface RouteTableParts {
  /** config.route.v3.RouteConfiguration without virtual hosts. */
  readonly shell: Message
  readonly hosts: ReadonlyMap<string, Message>
}

/** Lowers a table; `host` lowers one virtual host (memoised by the caller). */
export function lowerRouteTable(
  table: RouteTable,
  style: Style,
  host: (host: VirtualHost) => Message,
): RouteTableParts {
  const hosts = new Map(table.virtualHosts.map((one) => [one.name, host(one)]))
  const star = table.virtualHosts.some(({ domains }) => domains.includes('*'))
  const fallback: DirectResponse | undefined = style.misdirected
    ? { kind: 'direct-response', status: 421 }
    : table.fallback
  if (fallback && !star)
    hosts.set('fallback', {
      name: 'fallback',
      domains: ['*'],
      routes: [fallbackRoute(fallback, style.profile)],
    })
  return {
    shell: {
      name: table.name,
      validate_clusters: false,
      max_direct_response_body_size_bytes: 1_048_576,
      ignore_port_in_host_matching: true,
      ...tableHeaders(style),
    },
    hosts,
  }
}

/** The whole config.route.v3.RouteConfiguration. */
export const wholeRouteTable = ({ shell, hosts }: RouteTableParts): Message => ({
  ...shell,
  virtual_hosts: [...hosts.values()],
})

/** Which routes of this host, by position, are lowered to a direct response because of their cluster. */
export function closedBy(host: VirtualHost, closed: Closed): string {
  if (closed.size === 0) return ''
  return host.routes
    .flatMap(({ action }, index) =>
      action.kind === 'forward' && closedAction(action, closed) ? [index] : [],
    )
    .join(' ')
}
