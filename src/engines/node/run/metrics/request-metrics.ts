// What Istio counts of requests and connections, one child for each set of label values.
import type { Endpoint } from '../../../../ir/cluster.ts'
import type { Proxy } from '../../../../ir/proxy.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { TcpRecord } from '../tcp/tcp-record.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import { type Labels, RequestChild } from './request-child.ts'

export interface TcpChild {
  readonly labels: Labels
  opened: number
  closed: number
  received: number
  sent: number
}

/** The requests and connections of one proxy. */
export class RequestMetrics {
  /** By their labels: several endpoints of a workload are one child. */
  readonly requests = new Map<string, RequestChild>()
  readonly connections = new Map<string, TcpChild>()
  /** The same by what the labels depend on, so that labels are made rarely. */
  private readonly requestKeys = new Map<string, RequestChild>()
  private readonly connectionKeys = new Map<string, TcpChild>()

  /** Counts a request that is over. Most requests of a connection end as the one before, so the child is looked for there first. */
  request(proxy: Proxy, context: RequestContext, cluster: ClusterState | undefined): void {
    const { connection } = context
    let child = connection.counted
    if (child === undefined || !child.counts(context)) {
      child = this.child(proxy, context, cluster)
      connection.counted = child
    }
    child.duration.observe(context.endedAt - context.startedAt)
    child.requestBytes.observe(context.bytesReceived)
    child.responseBytes.observe(context.bytesSent)
    if (context.grpc !== undefined) {
      child.requestMessages += context.grpc.request.count
      child.responseMessages += context.grpc.response.count
    }
  }

  private child(proxy: Proxy, context: RequestContext, cluster: ClusterState | undefined): RequestChild {
    const { clusterName, upstreamHost, status, flags, grpcStatus, grpc, connection } = context
    const principal = connection.principal ?? ''
    const key = `${clusterName ?? ''}|${upstreamHost ?? ''}|${status}|${flags}|${grpcStatus ?? ''}|${grpc === undefined}|${principal}`
    let child = this.requestKeys.get(key)
    if (child === undefined) {
      const labels = {
        ...common(proxy, principal, clusterName, upstreamHost, cluster),
        request_protocol: grpc === undefined ? 'http' : 'grpc',
        response_code: String(status),
        grpc_response_status: grpcStatus ?? '',
        response_flags: flags === '' ? '-' : flags,
        connection_security_policy: security(proxy, clusterName, connection.tls?.verified),
      }
      const outcome = {
        clusterName,
        upstreamHost,
        status,
        flags,
        grpcStatus,
        grpc: grpc === undefined ? undefined : true,
      }
      child = shared(this.requests, labels, () => new RequestChild(labels, outcome))
      remember(this.requestKeys, key, child)
    }
    return child
  }

  /** Counts a TCP connection that has reached its upstream. */
  opened(proxy: Proxy, record: TcpRecord, cluster: ClusterState | undefined): void {
    this.tcpChild(proxy, record, cluster).opened++
  }

  /** Counts a TCP connection that is over. */
  connection(proxy: Proxy, record: TcpRecord, cluster: ClusterState | undefined): void {
    const child = this.tcpChild(proxy, record, cluster)
    if (!record.opened) child.opened++
    child.closed++
    child.received += record.bytesReceived
    child.sent += record.bytesSent
  }

  private tcpChild(proxy: Proxy, record: TcpRecord, cluster: ClusterState | undefined): TcpChild {
    const principal = record.connection.principal ?? ''
    const key = `${record.clusterName ?? ''}|${record.upstreamHost ?? ''}|${record.flags}|${principal}`
    let child = this.connectionKeys.get(key)
    if (child === undefined) {
      const labels = {
        ...common(proxy, principal, record.clusterName, record.upstreamHost, cluster),
        request_protocol: 'tcp',
        response_flags: record.flags === '' ? '-' : record.flags,
        connection_security_policy: security(proxy, record.clusterName, record.connection.tls?.verified),
      }
      child = shared(this.connections, labels, () => ({ labels, opened: 0, closed: 0, received: 0, sent: 0 }))
      remember(this.connectionKeys, key, child)
    }
    return child
  }
}

/** Hosts that a forward proxy meets are without end; labels are not. */
const MOST_KEYS = 10_000

function shared<T>(children: Map<string, T>, labels: Labels, make: () => T): T {
  const identity = JSON.stringify(labels)
  const child = children.get(identity) ?? make()
  children.set(identity, child)
  return child
}

function remember<T>(keys: Map<string, T>, key: string, child: T): void {
  if (keys.size >= MOST_KEYS) keys.clear()
  keys.set(key, child)
}

const UNKNOWN = 'unknown'

/** A sidecar reports as the destination of what comes to its pod; everybody else as the source. */
function isDestination(proxy: Proxy, clusterName: string | undefined): boolean {
  return proxy.kind === 'sidecar' && (clusterName === undefined || clusterName.startsWith('inbound|'))
}

function security(proxy: Proxy, clusterName: string | undefined, verified: boolean | undefined): string {
  if (!isDestination(proxy, clusterName)) return UNKNOWN
  return verified === true ? 'mutual_tls' : 'none'
}

/** Istio's labels of both ends; what cannot be known is `unknown`, as there. */
function common(
  proxy: Proxy,
  principal: string,
  clusterName: string | undefined,
  upstreamHost: string | undefined,
  cluster: ClusterState | undefined,
): Record<string, string> {
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
  const endpoint = cluster?.source.endpoints.find(
    ({ address, port }) => `${address}:${port}` === upstreamHost,
  )
  const peer = destination ? clientOf(principal) : serverOf(endpoint?.workload)
  const service = cluster?.source.service
  return {
    proxy: proxy.id,
    reporter: destination ? 'destination' : 'source',
    ...prefixed('source_', destination ? peer : own),
    ...prefixed('destination_', destination ? own : peer),
    destination_service: service?.host ?? UNKNOWN,
    destination_service_name: service?.name ?? (cluster?.source.passthrough ? cluster.source.name : UNKNOWN),
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
