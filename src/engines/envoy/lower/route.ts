// Route tables: virtual hosts and routes as config.route.v3. Lowered per virtual host, so that one changed host costs one host.
import type { Cluster } from '../../../ir/cluster.ts'
import type {
  Forward,
  HashSource,
  HeaderMutations,
  Redirect,
  RetryPolicy,
  Route,
  RouteTable,
  VirtualHost,
} from '../../../ir/route.ts'
import { lowerFilter } from './filters/support.ts'
import { routeMatcher } from './match.ts'
import { compact, duration, type Message } from './proto.ts'

/** Clusters by name: a route to one that refuses, or that answers by itself while empty, becomes a direct response. */
export type ClusterIndex = ReadonlyMap<string, Cluster>

const option =
  (append: 'OVERWRITE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD') =>
  ([key, value]: readonly [string, string]): Message => ({
    header: { key, value },
    append_action: append,
  })

/** The four header fields that route configuration, virtual host, route and weighted cluster share. The host header is an authority rewrite. */
export function headerFields(mutations: HeaderMutations | undefined): Message {
  const side = (name: 'request' | 'response') => {
    const mutation = mutations?.[name]
    const settable = ([key]: readonly [string, string]) => key !== 'host' && !key.startsWith(':')
    const add = [
      ...(mutation?.set ?? []).filter(settable).map(option('OVERWRITE_IF_EXISTS_OR_ADD')),
      ...(mutation?.add ?? []).filter(settable).map(option('APPEND_IF_EXISTS_OR_ADD')),
    ]
    return {
      [`${name}_headers_to_add`]: add.length > 0 ? add : undefined,
      [`${name}_headers_to_remove`]: mutation?.remove?.length ? mutation.remove : undefined,
    }
  }
  return compact({ ...side('request'), ...side('response') })
}

const hostHeader = (mutations: HeaderMutations | undefined): string | undefined =>
  [...(mutations?.request?.set ?? []), ...(mutations?.request?.add ?? [])].find(
    ([name]) => name === 'host' || name === ':authority',
  )?.[1]

function retryPolicy(retry: RetryPolicy): Message {
  const on = [...retry.on, ...(retry.statusCodes?.length ? ['retriable-status-codes'] : [])].join(',')
  return compact({
    retry_on: on,
    num_retries: retry.attempts,
    per_try_timeout: retry.perTryTimeoutMs === undefined ? undefined : duration(retry.perTryTimeoutMs),
    retriable_status_codes: retry.statusCodes?.length ? retry.statusCodes : undefined,
    retry_back_off: retry.backoffMs === undefined ? undefined : { base_interval: duration(retry.backoffMs) },
    retry_host_predicate: retry.hostReselect
      ? [
          {
            name: 'envoy.retry_host_predicates.previous_hosts',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
            },
          },
        ]
      : undefined,
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
        }),
        terminal: true,
      }
    case 'source-ip':
      return { connection_properties: { source_ip: true }, terminal: true }
    case 'query':
      return { query_parameter: { name: source.name }, terminal: true }
  }
}

function rewriteFields(action: Forward, route: Route): Message {
  const authority = hostHeader(route.headers) ?? action.rewrite?.authority
  const path = action.rewrite?.path
  const prefixed =
    route.match.path.kind === 'prefix' ||
    route.match.path.kind === 'segment-prefix' ||
    route.match.path.kind === 'exact' ||
    route.match.path.kind === 'any'
  const whole = (value: string): Message => ({
    regex_rewrite: { pattern: { regex: '^[^?]*' }, substitution: value.replace(/\\/g, '\\\\') },
  })
  const pathFields = (): Message => {
    if (!path) return {}
    if (path.kind === 'regex')
      return { regex_rewrite: { pattern: { regex: path.pattern }, substitution: path.value } }
    return path.kind === 'replace-prefix' && prefixed ? { prefix_rewrite: path.value } : whole(path.value)
  }
  return { ...pathFields(), ...(authority === undefined ? {} : { host_rewrite_literal: authority }) }
}

function forward(action: Forward, route: Route): Message {
  const [only, ...more] = action.clusters
  const total = action.clusters.reduce((sum, { weight }) => sum + weight, 0)
  const target =
    only && more.length === 0
      ? { cluster: only.cluster }
      : {
          weighted_clusters: {
            clusters: action.clusters.map(({ cluster, weight, headers }) => ({
              name: cluster,
              weight,
              ...headerFields(headers),
            })),
            ...(total === 0 ? {} : {}),
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

function redirect(action: Redirect): Message {
  const port = typeof action.port === 'number' ? action.port : undefined
  return compact({
    response_code: redirectCodes[action.status],
    scheme_redirect: action.scheme,
    host_redirect: action.authority,
    port_redirect: port,
    path_redirect: action.path?.kind === 'replace-full' ? action.path.value : undefined,
    prefix_rewrite: action.path?.kind === 'replace-prefix' ? action.path.value : undefined,
  })
}

const direct = (status: number, body: string | undefined): Message => ({
  direct_response: compact({ status, body: body ? { inline_string: body } : undefined }),
})

/** What stands in for a forward whose only cluster cannot be used at all. */
function closed(action: Forward, clusters: ClusterIndex): Message | undefined {
  const [only, ...more] = action.clusters
  const cluster = only && more.length === 0 ? clusters.get(only.cluster) : undefined
  if (cluster?.refuse) return direct(503, cluster.refuse.message)
  if (cluster?.noEndpoints && !cluster.endpoints.some(({ healthy }) => healthy))
    return direct(cluster.noEndpoints.status, cluster.noEndpoints.body)
  return undefined
}

function actionFields(route: Route, clusters: ClusterIndex): Message {
  const { action } = route
  switch (action.kind) {
    case 'forward':
      return closed(action, clusters) ?? { route: forward(action, route) }
    case 'redirect':
      return { redirect: redirect(action) }
    case 'direct-response':
      return direct(action.status, action.body)
    case 'fail':
      return direct(action.status, action.message)
  }
}

/** config.route.v3.Route */
export function lowerRoute(route: Route, clusters: ClusterIndex): Message {
  const filters = (route.filters ?? []).flatMap(lowerFilter)
  const contentType = route.action.kind === 'direct-response' && route.action.contentType
  const headers: HeaderMutations | undefined = contentType
    ? {
        ...route.headers,
        response: {
          ...route.headers?.response,
          set: [...(route.headers?.response?.set ?? []), ['content-type', contentType]],
        },
      }
    : route.headers
  return compact({
    name: route.name,
    match: routeMatcher(route.match),
    ...actionFields(route, clusters),
    ...headerFields(headers),
    typed_per_filter_config:
      filters.length > 0
        ? Object.fromEntries(filters.map(({ name, perRoute }) => [name, perRoute]))
        : undefined,
  })
}

/** config.route.v3.VirtualHost; the host without port decides, so each domain is listed as it is (HCM strips the port). */
export function lowerVirtualHost(host: VirtualHost, clusters: ClusterIndex): Message {
  const fallback = host.fallback
    ? [
        compact({
          name: 'fallback',
          match: { prefix: '/' },
          ...direct(host.fallback.status, host.fallback.body),
          response_headers_to_add: contentHeader(host.fallback.contentType),
        }),
      ]
    : []
  return compact({
    name: host.name,
    domains: host.domains,
    require_tls: host.requireTls ? 'ALL' : undefined,
    routes: [...host.routes.map((route) => lowerRoute(route, clusters)), ...fallback],
    include_request_attempt_count: true,
    ...headerFields(host.headers),
  })
}

const contentHeader = (type: string | undefined): readonly Message[] | undefined =>
  type === undefined ? undefined : [option('OVERWRITE_IF_EXISTS_OR_ADD')(['content-type', type])]

/** A route configuration in parts: what changes rarely, and its virtual hosts by name. */
export interface RouteTableParts {
  /** config.route.v3.RouteConfiguration without virtual hosts. */
  readonly shell: Message
  readonly hosts: ReadonlyMap<string, Message>
}

/** Lowers a table; `host` lowers one virtual host (memoised by the caller). */
export function lowerRouteTable(table: RouteTable, host: (host: VirtualHost) => Message): RouteTableParts {
  const hosts = new Map(table.virtualHosts.map((one) => [one.name, host(one)]))
  const star = table.virtualHosts.some(({ domains }) => domains.includes('*'))
  if (table.fallback && !star) {
    const { status, body, contentType } = table.fallback
    const route = compact({
      match: { prefix: '/' },
      ...direct(status, body),
      response_headers_to_add: contentHeader(contentType),
    })
    hosts.set('fallback', { name: 'fallback', domains: ['*'], routes: [route] })
  }
  return {
    shell: {
      name: table.name,
      validate_clusters: false,
      max_direct_response_body_size_bytes: 1_048_576,
      ignore_port_in_host_matching: true,
    },
    hosts,
  }
}

/** The whole config.route.v3.RouteConfiguration. */
export const wholeRouteTable = ({ shell, hosts }: RouteTableParts): Message => ({
  ...shell,
  virtual_hosts: [...hosts.values()],
})

/** The clusters whose state decides whether a route of this host is lowered to a direct response. */
export function closedBy(host: VirtualHost, clusters: ClusterIndex): string {
  return host.routes
    .map(({ action }) => (action.kind === 'forward' && closed(action, clusters) ? '1' : '0'))
    .join('')
}
