// Istio's labels of requests and connections, alike for whatever engine counts them.
import type { Cluster, Endpoint } from '../../ir/cluster.ts'
import type { Proxy } from '../../ir/proxy.ts'

export type Labels = Readonly<Record<string, string>>

const UNKNOWN = 'unknown'

/** A sidecar reports as the destination of what comes to its pod; everybody else as the source. */
function isDestination(proxy: Proxy, clusterName: string | undefined): boolean {
  return proxy.kind === 'sidecar' && (clusterName === undefined || clusterName.startsWith('inbound|'))
}

/** What is known of a request or a connection. */
export interface Ends {
  /** Of the client's verified certificate, without `spiffe://`; empty: none. */
  readonly principal: string
  /** The client's certificate was verified. */
  readonly verified: boolean
  readonly clusterName: string | undefined
  readonly cluster: Cluster | undefined
  /** Whether an endpoint is the one that it went to. */
  readonly reached: (endpoint: Endpoint) => boolean
  /** As the access log has them; empty: none. */
  readonly flags: string
}

/** How a request ended. */
export interface Outcome {
  readonly status: number
  readonly grpc: boolean
  readonly grpcStatus: string | undefined
}

/** Istio's labels of a request. */
export const requestLabels = (proxy: Proxy, ends: Ends, { status, grpc, grpcStatus }: Outcome): Labels => ({
  ...common(proxy, ends),
  request_protocol: grpc ? 'grpc' : 'http',
  response_code: String(status),
  grpc_response_status: grpcStatus ?? '',
  ...closing(proxy, ends),
})

/** Istio's labels of a TCP connection. */
export const connectionLabels = (proxy: Proxy, ends: Ends): Labels => ({
  ...common(proxy, ends),
  request_protocol: 'tcp',
  ...closing(proxy, ends),
})

const closing = (proxy: Proxy, { flags, clusterName, verified }: Ends): Record<string, string> => ({
  response_flags: flags === '' ? '-' : flags,
  connection_security_policy: isDestination(proxy, clusterName)
    ? verified
      ? 'mutual_tls'
      : 'none'
    : UNKNOWN,
})

/** Labels of both ends; what cannot be known is `unknown`, as in Istio. */
function common(proxy: Proxy, { principal, clusterName, cluster, reached }: Ends): Record<string, string> {
  const { workload } = proxy
  const destination = isDestination(proxy, clusterName)
  const own = {
    workload: workload.name,
    workload_namespace: workload.namespace,
    principal: proxy.identity?.spiffe ?? UNKNOWN,
    app: workload.labels['app'] ?? UNKNOWN,
    version: workload.labels['version'] ?? UNKNOWN,
    canonical_service:
      workload.labels['service.istio.io/canonical-name'] ?? workload.labels['app'] ?? workload.name,
    canonical_revision:
      workload.labels['service.istio.io/canonical-revision'] ?? workload.labels['version'] ?? 'latest',
    cluster: 'Kubernetes',
  }
  const endpoint = cluster?.endpoints.find(reached)
  const peer = destination ? clientOf(principal) : serverOf(endpoint?.workload)
  const service = cluster?.service
  return {
    proxy: proxy.id,
    reporter: destination ? 'destination' : 'source',
    ...prefixed('source_', destination ? peer : own),
    ...prefixed('destination_', destination ? own : peer),
    destination_service: service?.host ?? UNKNOWN,
    destination_service_name: service?.name ?? (cluster?.passthrough ? cluster.name : UNKNOWN),
    destination_service_namespace: service?.namespace ?? (destination ? workload.namespace : UNKNOWN),
  }
}

const STRANGER = {
  workload: UNKNOWN,
  workload_namespace: UNKNOWN,
  principal: UNKNOWN,
  app: UNKNOWN,
  version: UNKNOWN,
  canonical_service: UNKNOWN,
  canonical_revision: UNKNOWN,
  cluster: UNKNOWN,
}

/** Of a caller only the certificate is known: there is no exchange of metadata between the hops. */
function clientOf(principal: string): Record<string, string> {
  if (principal === '') return STRANGER
  return { ...STRANGER, workload_namespace: namespaceOf(principal), principal: `spiffe://${principal}` }
}

function serverOf(workload: Endpoint['workload']): Record<string, string> {
  if (workload === undefined) return STRANGER
  const { name, namespace, principal = UNKNOWN, app, version } = workload
  return {
    workload: name,
    workload_namespace: namespace,
    principal,
    app: app ?? UNKNOWN,
    version: version ?? UNKNOWN,
    canonical_service: app ?? name,
    canonical_revision: version ?? 'latest',
    cluster: 'Kubernetes',
  }
}

function namespaceOf(principal: string): string {
  return /\/ns\/([^/]+)\//.exec(principal)?.[1] ?? UNKNOWN
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))
}
