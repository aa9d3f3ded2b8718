// Counts requests and connections of one proxy as they end.
import type { Proxy } from '../../../../ir/proxy.ts'
import { Children, ConnectionCounts } from '../../../metrics/counts.ts'
import { connectionLabels, type Ends, requestLabels } from '../../../metrics/labels.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { TcpRecord } from '../tcp/tcp-record.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import { RequestChild } from './request-child.ts'

/** The requests and connections of one proxy. */
export class RequestMetrics {
  private readonly requestChildren = new Children<RequestChild>()
  private readonly connectionChildren = new Children<ConnectionCounts>()
  readonly requests: ReadonlyMap<string, RequestChild> = this.requestChildren.byLabels
  readonly connections: ReadonlyMap<string, ConnectionCounts> = this.connectionChildren.byLabels

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
    const known = this.requestChildren.known(key)
    if (known !== undefined) return known
    const ends = endsOf(context, cluster)
    const labels = requestLabels(proxy, ends, { status, grpc: grpc !== undefined, grpcStatus })
    const outcome = {
      clusterName,
      upstreamHost,
      status,
      flags,
      grpcStatus,
      grpc: grpc === undefined ? undefined : true,
    }
    return this.requestChildren.add(key, labels, () => new RequestChild(labels, outcome))
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

  private tcpChild(proxy: Proxy, record: TcpRecord, cluster: ClusterState | undefined): ConnectionCounts {
    const principal = record.connection.principal ?? ''
    const key = `${record.clusterName ?? ''}|${record.upstreamHost ?? ''}|${record.flags}|${principal}`
    const known = this.connectionChildren.known(key)
    if (known !== undefined) return known
    const labels = connectionLabels(proxy, endsOf(record, cluster))
    return this.connectionChildren.add(key, labels, () => new ConnectionCounts(labels))
  }
}

const endsOf = (
  { connection, clusterName, upstreamHost, flags }: RequestContext | TcpRecord,
  cluster: ClusterState | undefined,
): Ends => ({
  principal: connection.principal ?? '',
  verified: connection.tls?.verified === true,
  clusterName,
  cluster: cluster?.source,
  reached: ({ address, port }) => `${address}:${port}` === upstreamHost,
  flags,
})
