// What Istio counts of requests and connections, one child for each set of label values.
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
  readonly requests = new Map<string, RequestChild>()
  readonly connections = new Map<string, TcpChild>()

  /** Counts a request that is over. Most requests of a connection end as the one before, so the child is looked for there first. */
  request(proxy: Proxy, context: RequestContext, cluster: ClusterState | undefined, now: number): void {
    const { connection } = context
    let child = connection.counted
    if (child === undefined || !child.counts(context)) {
      child = this.child(proxy, context, cluster)
      connection.counted = child
    }
    child.duration.observe(now - context.startedAt)
    child.requestBytes.observe(context.bytesReceived)
    child.responseBytes.observe(context.bytesSent)
  }

  /** The key holds all that the labels depend on, so labels are made once per child. */
  private child(proxy: Proxy, context: RequestContext, cluster: ClusterState | undefined): RequestChild {
    const { clusterName, upstreamHost, status, flags, grpcStatus, connection } = context
    const principal = connection.principal ?? ''
    const key = `${clusterName ?? ''}|${upstreamHost ?? ''}|${status}|${flags}|${grpcStatus ?? ''}|${principal}`
    let child = this.requests.get(key)
    if (child === undefined) {
      const labels = {
        ...common(proxy, principal, clusterName, upstreamHost, cluster),
        request_protocol: grpcStatus === undefined ? 'http' : 'grpc',
        response_code: String(status),
        grpc_response_status: grpcStatus ?? '',
        response_flags: flags === '' ? '-' : flags,
        connection_security_policy: security(proxy, clusterName, connection.tls?.verified),
      }
      child = new RequestChild(labels, { clusterName, upstreamHost, status, flags, grpcStatus })
      this.requests.set(key, child)
    }
    return child
  }

  /** Counts a TCP connection that is over. */
  connection(proxy: Proxy, record: TcpRecord, cluster: ClusterState | undefined): void {
    const principal = record.connection.principal ?? ''
    const key = `${record.clusterName ?? ''}|${record.upstreamHost ?? ''}|${record.flags}|${principal}`
    let child = this.connections.get(key)
    if (child === undefined) {
      const labels = {
        ...common(proxy, principal, record.clusterName, record.upstreamHost, cluster),
        request_protocol: 'tcp',
        response_flags: record.flags === '' ? '-' : record.flags,
        connection_security_policy: security(proxy, record.clusterName, record.connection.tls?.verified),
      }
      child = { labels, opened: 0, closed: 0, received: 0, sent: 0 }
      this.connections.set(key, child)
    }
    child.opened++
    child.closed++
    child.received += record.bytesReceived
    child.sent += record.bytesSent
  }
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
  const peer = {
    workload: destination ? UNKNOWN : (endpoint?.workload?.name ?? UNKNOWN),
    workload_namespace: destination ? namespaceOf(principal) : (endpoint?.workload?.namespace ?? UNKNOWN),
    principal: destination && principal !== '' ? `spiffe://${principal}` : UNKNOWN,
    app: UNKNOWN,
    version: UNKNOWN,
    canonical_service: UNKNOWN,
    canonical_revision: UNKNOWN,
    cluster: UNKNOWN,
  }
  const service = cluster?.source.service
  return {
    proxy: proxy.id,
    reporter: destination ? 'destination' : 'source',
    ...prefixed('source_', destination ? peer : own),
    ...prefixed('destination_', destination ? own : peer),
    destination_service: service?.host ?? UNKNOWN,
    destination_service_name: service?.name ?? UNKNOWN,
    destination_service_namespace: service?.namespace ?? (destination ? workload.namespace : UNKNOWN),
  }
}

function namespaceOf(principal: string): string {
  return /\/ns\/([^/]+)\//.exec(principal)?.[1] ?? UNKNOWN
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))
}
