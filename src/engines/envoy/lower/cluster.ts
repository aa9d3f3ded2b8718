// Clusters and their endpoints: config.cluster.v3 with EDS, or with the endpoints inside for a static file.
import type { Cluster, Endpoint } from '../../../ir/cluster.ts'
import { type Locality, localityText } from '../../../ir/locality.ts'
import { localityWeight, panicPercentOf } from '../../../ir/priority-load.ts'
import type { Locate } from '../../engine.ts'
import { any, compact, duration, type Message } from './proto.ts'
import { type SecretRef, upstreamSocket } from './tls.ts'

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

const lbPolicies = {
  'round-robin': 'ROUND_ROBIN',
  'least-request': 'LEAST_REQUEST',
  random: 'RANDOM',
  'ring-hash': 'RING_HASH',
  maglev: 'MAGLEV',
} as const

function protocolOptions(cluster: Cluster): Message | undefined {
  if (cluster.protocol === 'tcp') return undefined
  const tls = cluster.tls?.context
  const http1 = { enable_trailers: true }
  const protocol = {
    http1: { explicit_http_config: { http_protocol_options: http1 } },
    http2: { explicit_http_config: { http2_protocol_options: {} } },
    downstream: {
      use_downstream_protocol_config: { http_protocol_options: http1, http2_protocol_options: {} },
    },
  }[cluster.protocol]
  const autoSni = typeof tls?.sni === 'object'
  const autoSan = tls?.verify !== 'off' && tls?.verifyHost === true
  const common = compact({
    idle_timeout: cluster.idleTimeoutMs ? duration(cluster.idleTimeoutMs) : undefined,
    max_requests_per_connection: cluster.maxRequestsPerConnection || undefined,
    max_connection_duration: cluster.maxConnectionDurationMs
      ? duration(cluster.maxConnectionDurationMs)
      : undefined,
  })
  return any(
    HTTP_OPTIONS,
    compact({
      ...protocol,
      common_http_protocol_options: Object.keys(common).length > 0 ? common : undefined,
      upstream_http_protocol_options:
        autoSni || autoSan
          ? compact({ auto_sni: autoSni || undefined, auto_san_validation: autoSan || undefined })
          : undefined,
    }),
  )
}

const UNLIMITED = 4_294_967_295

function circuitBreakers({ limits }: Cluster): Message {
  return {
    thresholds: [
      compact({
        max_connections: limits?.maxConnections ?? UNLIMITED,
        max_pending_requests: limits?.maxPendingRequests ?? UNLIMITED,
        max_requests: limits?.maxRequests ?? UNLIMITED,
        max_retries: limits?.retryBudget ? undefined : (limits?.maxRetries ?? UNLIMITED),
        retry_budget: limits?.retryBudget && {
          budget_percent: { value: limits.retryBudget.percent },
          min_retry_concurrency: limits.retryBudget.minConcurrency,
        },
        track_remaining: true,
      }),
    ],
  }
}

function outlier({ outlier: detection }: Cluster): Message | undefined {
  if (!detection) return undefined
  return compact({
    consecutive_5xx: detection.consecutive5xx,
    enforcing_consecutive_5xx: detection.consecutive5xx ? 100 : 0,
    consecutive_gateway_failure: detection.consecutiveGatewayErrors,
    enforcing_consecutive_gateway_failure: detection.consecutiveGatewayErrors ? 100 : 0,
    interval: duration(detection.intervalMs),
    base_ejection_time: duration(detection.baseEjectionMs),
    max_ejection_percent: detection.maxEjectionPercent,
    enforcing_success_rate: 0,
  })
}

function healthCheck({ healthCheck: check }: Cluster): readonly Message[] | undefined {
  if (!check) return undefined
  return [
    {
      interval: duration(check.intervalMs),
      timeout: duration(check.timeoutMs),
      healthy_threshold: check.healthyThreshold,
      unhealthy_threshold: check.unhealthyThreshold,
      ...(check.kind === 'http'
        ? { http_health_check: { path: check.path ?? '/' } }
        : { tcp_health_check: {} }),
    },
  ]
}

function transport(cluster: Cluster): { fields: Message; secrets: readonly SecretRef[] } {
  if (!cluster.tls) return { fields: {}, secrets: [] }
  const { socket, secrets } = upstreamSocket(cluster.tls.context)
  if (cluster.tls.when === 'always') return { fields: { transport_socket: socket }, secrets }
  const plain = {
    name: 'envoy.transport_sockets.raw_buffer',
    typed_config: any('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {}),
  }
  return {
    fields: {
      transport_socket_matches: [
        { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: socket },
        { name: 'tlsMode-disabled', match: {}, transport_socket: plain },
      ],
    },
    secrets,
  }
}

function lbConfig({ balancing }: Cluster): Message {
  if (balancing.kind === 'ring-hash')
    return { ring_hash_lb_config: { minimum_ring_size: balancing.size ?? 1024 } }
  if (balancing.kind === 'maglev') return { maglev_lb_config: { table_size: balancing.size ?? 65537 } }
  return {}
}

/** config.cluster.v3.Cluster and the secrets it names; `static` puts the endpoints inside. */
export function lowerCluster(
  cluster: Cluster,
  locate: Locate,
  mode: 'ads' | 'static',
): { readonly resource: Message; readonly secrets: readonly SecretRef[] } {
  const { fields, secrets } = transport(cluster)
  const options = protocolOptions(cluster)
  const discovery =
    mode === 'ads'
      ? {
          type: 'EDS',
          eds_cluster_config: {
            service_name: cluster.name,
            eds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
          },
        }
      : { type: 'STATIC', load_assignment: lowerEndpoints(cluster, locate) }
  const resource = compact({
    name: cluster.name,
    ...discovery,
    connect_timeout: duration(cluster.connectTimeoutMs),
    lb_policy: lbPolicies[cluster.balancing.kind],
    ...lbConfig(cluster),
    common_lb_config: compact({
      healthy_panic_threshold: { value: panicPercentOf(cluster) },
      locality_weighted_lb_config: cluster.localityWeights && {},
    }),
    circuit_breakers: circuitBreakers(cluster),
    outlier_detection: outlier(cluster),
    health_checks: healthCheck(cluster),
    typed_extension_protocol_options: options && { [HTTP_OPTIONS]: options },
    ...fields,
  })
  return {
    resource: cluster.proxyProtocol ? withProxyProtocol(resource, cluster.proxyProtocol) : resource,
    secrets,
  }
}

function withProxyProtocol(resource: Message, version: 'v1' | 'v2'): Message {
  const inner = resource['transport_socket'] ?? {
    name: 'envoy.transport_sockets.raw_buffer',
    typed_config: any('envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer', {}),
  }
  return {
    ...resource,
    transport_socket: {
      name: 'envoy.transport_sockets.upstream_proxy_protocol',
      typed_config: any(
        'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
        { config: { version: version.toUpperCase() }, transport_socket: inner },
      ),
    },
  }
}

function lbEndpoint(endpoint: Endpoint, locate: Locate): Message {
  const { host, port } = locate(endpoint.address, endpoint.port)
  return compact({
    endpoint: { address: { socket_address: { address: host, port_value: port } } },
    health_status: endpoint.healthy ? undefined : 'UNHEALTHY',
    load_balancing_weight: endpoint.weight,
    metadata:
      endpoint.tlsMode === 'istio'
        ? { filter_metadata: { 'envoy.transport_socket_match': { tlsMode: 'istio' } } }
        : undefined,
  })
}

const protoLocality = ({ region, zone, subzone }: Locality): Message =>
  compact({ region, zone, sub_zone: subzone })

/** config.endpoint.v3.ClusterLoadAssignment, a group for each locality of each priority. */
export function lowerEndpoints(cluster: Cluster, locate: Locate): Message {
  const groups = new Map<string, [Endpoint, ...Endpoint[]]>()
  for (const endpoint of cluster.endpoints) {
    const key = `${endpoint.priority ?? 0} ${localityText(endpoint.locality)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [endpoint])
    else group.push(endpoint)
  }
  return {
    cluster_name: cluster.name,
    endpoints: [...groups.values()].map((group) => {
      const [{ locality, priority }] = group
      const weights = cluster.localityWeights
      return compact({
        locality: locality && protoLocality(locality),
        priority: priority || undefined,
        load_balancing_weight: weights && localityWeight(weights, localityText(locality), group),
        lb_endpoints: group.map((endpoint) => lbEndpoint(endpoint, locate)),
      })
    }),
  }
}
