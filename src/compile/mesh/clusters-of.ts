// The clusters that a set of listeners leads to.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { Listener } from '../../ir/listener.ts'
import type { RouteAction, VirtualHost } from '../../ir/route.ts'
import type { Read } from '../graph/query.ts'
import { type Client, outboundClusterFor } from './cluster.ts'

function namesIn(action: RouteAction): readonly string[] {
  if (action.kind !== 'forward') return []
  return [...action.clusters.map((one) => one.cluster), ...(action.mirrors ?? []).map((one) => one.cluster)]
}

/** By virtual host: those that did not change are not walked again. */
const remembered = new WeakMap<VirtualHost, readonly string[]>()

function namesOfHost(host: VirtualHost): readonly string[] {
  const known = remembered.get(host)
  if (known !== undefined) return known
  const names = [...new Set(host.routes.flatMap((route) => namesIn(route.action)))]
  remembered.set(host, names)
  return names
}

/** Every cluster name in the listeners' filters, routes and byte handlers. */
export function clusterNames(listeners: readonly Listener[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { handler } of listeners.flatMap((listener) => listener.filterChains)) {
    if (handler.kind === 'tcp') {
      for (const { cluster } of handler.clusters) names.add(cluster)
      continue
    }
    for (const filter of handler.filters ?? [])
      if (filter.kind === 'ext-authz') names.add(filter.config.authorizer.cluster)
    for (const host of handler.routes.virtualHosts) for (const name of namesOfHost(host)) names.add(name)
  }
  return names
}

/** Those of them that exist, as the client sees them, sorted by name. */
export function clustersFor(read: Read, client: Client, listeners: readonly Listener[]): readonly Cluster[] {
  return [...clusterNames(listeners)].sort().flatMap((name) => outboundClusterFor(read, client, name) ?? [])
}

/** What is wrong with clusters that refuse every use. A mesh certificate that is still to come is a remark: it is there in a moment. */
export function refusals(clusters: readonly Cluster[]): readonly Diagnostic[] {
  return clusters.flatMap(({ refuse, origin }) => {
    if (refuse === undefined) return []
    const extra = refuse.reason === 'SP0206' ? { severity: 'info' as const } : {}
    return [diagnostic(refuse.reason, origin, refuse.message, extra)]
  })
}
