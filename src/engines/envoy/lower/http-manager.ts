// The HTTP connection manager: settings, filters, headers and local replies of a profile.
import { FILTER_ORDER } from '../../../ir/filter.ts'
import { tokenHeaders } from '../../../ir/jwt.ts'
import type { HttpManager } from '../../../ir/listener.ts'
import type { VirtualHost } from '../../../ir/route.ts'
import { accessLoggers } from './access-log.ts'
import { requestCounter } from './counting.ts'
import type { HttpFilter } from './filters/http-filter.ts'
import { lowerFilter } from './filters/support.ts'
import { localReplies } from './local-reply.ts'
import { any, compact, duration, extension, type Message } from './proto.ts'
import { lowerTracing } from './tracing.ts'

const ROUTER = 'envoy.extensions.filters.http.router.v3.Router'

/** By virtual host: those that did not change are not walked again. */
const hostFilters = new WeakMap<VirtualHost, readonly HttpFilter[]>()
function filtersOfHost(host: VirtualHost): readonly HttpFilter[] {
  const known = hostFilters.get(host)
  if (known) return known
  const filters = host.routes.flatMap((route) => (route.filters ?? []).flatMap(lowerFilter))
  hostFilters.set(host, filters)
  return filters
}

/** Filters that routes alone use still need a place in the chain, in FILTER_ORDER: they do nothing but on those routes. */
function httpFilters(manager: HttpManager): readonly Message[] {
  const chain = new Map<string, Message>()
  for (const { name, config } of (manager.filters ?? []).flatMap(lowerFilter))
    chain.set(name, { typed_config: config })
  for (const { name, idle } of manager.routes.virtualHosts.flatMap(filtersOfHost))
    if (!chain.has(name)) chain.set(name, { typed_config: idle, disabled: true })
  const rank = (name: string) => ORDER.findIndex((prefix) => name.startsWith(prefix))
  const sorted = [...chain].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? 1 : -1))
  return [
    ...sorted.map(([name, filter]) => ({ name, ...filter })),
    extension(
      'envoy.filters.http.router',
      ROUTER,
      // nginx knows no x-envoy headers.
      manager.profile === 'alb' ? { suppress_envoy_headers: true } : {},
    ),
  ]
}

/** Envoy's filter names in the model's order; DENY sorts before ALLOW. */
const envoyNames: Readonly<Record<(typeof FILTER_ORDER)[number], string>> = {
  'body-limit': 'envoy.filters.http.buffer',
  'rate-limit': 'envoy.filters.http.local_ratelimit',
  'ext-authz': 'envoy.filters.http.ext_authz',
  jwt: 'envoy.filters.http.jwt_authn',
  rbac: 'envoy.filters.http.rbac',
  fault: 'envoy.filters.http.fault',
  cors: 'envoy.filters.http.cors',
}
const ORDER = FILTER_ORDER.map((kind) => envoyNames[kind])

/** What only a verified token may say is taken away before anything looks at it, routes included: jwt_authn itself does so later, and for some providers only. */
function earlyMutations({ filters = [] }: HttpManager): readonly Message[] | undefined {
  const names = filters.flatMap((filter) =>
    filter.kind === 'jwt' ? filter.config.providers.flatMap(tokenHeaders) : [],
  )
  if (names.length === 0) return undefined
  const type = 'envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'
  const mutations = [...new Set(names)].map((remove) => ({ remove }))
  return [extension('envoy.http.early_header_mutation.header_mutation', type, { mutations })]
}

/** Upgrades that are passed through. They do not wait for the end of a body, which comes with the end of the tunnel. */
function upgradeConfigs({ upgrades }: HttpManager, filters: readonly Message[]): readonly Message[] {
  const streaming = filters.filter(({ name }) => name !== envoyNames['body-limit'])
  const own = streaming.length < filters.length ? { filters: streaming } : {}
  // Envoy has no word for all of them.
  const types = upgrades.includes('*') ? ['websocket'] : upgrades
  return types.map((upgrade_type) => ({ upgrade_type, ...own }))
}

const serverHeader = (server: HttpManager['server']): Message => {
  if (server.mode === 'overwrite')
    return { server_name: server.value, server_header_transformation: 'OVERWRITE' }
  return { server_header_transformation: 'PASS_THROUGH' }
}

function pathFields(level: HttpManager['path']): Message {
  if (level === 'none') return { normalize_path: false }
  return compact({
    normalize_path: true,
    merge_slashes: level === 'base' ? undefined : true,
    path_with_escaped_slashes_action:
      level === 'decode-and-merge-slashes' ? 'UNESCAPE_AND_FORWARD' : 'KEEP_UNCHANGED',
  })
}

function clientCert({ mode, details }: HttpManager['forwardClientCert']): Message {
  const set = Object.fromEntries(details.map((detail) => [detail, true]))
  return compact({
    forward_client_cert_details: mode.toUpperCase().replaceAll('-', '_'),
    set_current_client_cert_details:
      details.length > 0 && (mode === 'sanitize-set' || mode === 'append-forward') ? set : undefined,
  })
}

/** The name of the route configuration of a manager, unique among those of one proxy. */
export const routeName = (manager: HttpManager): string => manager.routes.name

/** The network filter of an HTTP chain. `routes` is absent with RDS; `secure`: the chain ends TLS; `counted`: the control plane is told of each request. */
export function lowerHttpManager(
  manager: HttpManager,
  routes: Message | undefined,
  { secure, counted }: { readonly secure: boolean; readonly counted: boolean },
): Message {
  const { limits } = manager
  const filters = httpFilters(manager)
  const message = compact({
    stat_prefix: manager.statPrefix,
    // AUTO also takes HTTP/2 in plaintext from whoever begins with its preface.
    codec_type: manager.http2 ? 'AUTO' : 'HTTP1',
    ...(routes
      ? { route_config: routes }
      : {
          rds: {
            route_config_name: routeName(manager),
            config_source: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
          },
        }),
    http_filters: filters,
    early_header_mutation_extensions: earlyMutations(manager),
    ...serverHeader(manager.server),
    ...clientCert(manager.forwardClientCert),
    ...pathFields(manager.path),
    // nginx's $scheme is that of the connection, whatever a target in absolute form says.
    scheme_header_transformation:
      manager.profile === 'alb' && secure ? { scheme_to_overwrite: 'https' } : undefined,
    use_remote_address: manager.clientAddress.useRemoteAddress,
    // The route table appends: see tableHeaders.
    skip_xff_append: manager.clientAddress.useRemoteAddress || undefined,
    xff_num_trusted_hops: manager.clientAddress.trustedHops || undefined,
    upgrade_configs: upgradeConfigs(manager, filters),
    max_request_headers_kb:
      limits.maxHeaderBytes > 0
        ? Math.max(1, Math.min(8192, Math.ceil(limits.maxHeaderBytes / 1024)))
        : undefined,
    request_headers_timeout:
      limits.requestHeadersTimeoutMs > 0 ? duration(limits.requestHeadersTimeoutMs) : undefined,
    stream_idle_timeout: duration(limits.streamIdleTimeoutMs),
    common_http_protocol_options: compact({
      idle_timeout: limits.idleTimeoutMs > 0 ? duration(limits.idleTimeoutMs) : undefined,
      max_headers_count: limits.maxHeaders > 0 ? limits.maxHeaders : undefined,
      max_requests_per_connection: limits.maxRequestsPerConnection || undefined,
    }),
    http_protocol_options: { enable_trailers: true },
    http2_protocol_options:
      limits.maxConcurrentStreams > 0 ? { max_concurrent_streams: limits.maxConcurrentStreams } : undefined,
    local_reply_config: localReplies(manager),
    access_log: [
      ...accessLoggers(manager.accessLog, manager.accessLogFilter),
      ...(counted ? [requestCounter] : []),
    ],
    tracing: manager.tracing === undefined ? undefined : lowerTracing(manager.tracing),
  })
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: any(
      'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      message,
    ),
  }
}
