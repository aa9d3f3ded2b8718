// Which cluster of its route has a request, and whether that takes it.
import type { Forward } from '../../../../../ir/route.ts'
import type { ClusterState } from '../../upstream/cluster-state.ts'
import type { ForwardingHost } from './forwarding-host.ts'
import { CLUSTER_NOT_FOUND, CLUSTER_OVERFLOW, clusterRefused } from './upstream-reply.ts'

/** The cluster, which has counted the request in; undefined: it takes none, and the client was told why. */
export function admitToCluster(exchange: ForwardingHost, { clusters }: Forward): ClusterState | undefined {
  const name = clusters[exchange.weighted]?.cluster ?? ''
  exchange.context.clusterName = name
  const cluster = exchange.services.cluster(name)
  if (cluster === undefined) {
    exchange.reply(CLUSTER_NOT_FOUND)
    return undefined
  }
  const { refusal } = cluster
  if (refusal === undefined && cluster.admit()) return cluster
  exchange.reply(refusal === undefined ? CLUSTER_OVERFLOW : clusterRefused(refusal, cluster))
  return undefined
}
