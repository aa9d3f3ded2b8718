// Which hosts and routes lead to a cluster: what a request that arrives there may have as its host.
import type { FilterChain } from '../../ir/listener.ts'
import type { Model } from '../../ir/proxy.ts'
import type { Route, VirtualHost } from '../../ir/route.ts'

export interface ClusterUse {
  readonly chain: FilterChain
  readonly virtualHost: VirtualHost
  readonly route: Route
  /** The authorities that the upstream may see; wildcards as they stand. */
  readonly authorities: readonly string[]
}

/** The key of a cluster among all proxies. */
export const clusterKey = (proxyId: string, cluster: string): string => `${proxyId} ${cluster}`

/** By `clusterKey`. */
export function clusterUses(model: Model): ReadonlyMap<string, readonly ClusterUse[]> {
  const uses = new Map<string, ClusterUse[]>()
  for (const proxy of model.proxies) {
    for (const chain of proxy.listeners.flatMap((listener) => listener.filterChains)) {
      if (chain.handler.kind !== 'http') continue
      for (const virtualHost of chain.handler.routes.virtualHosts) {
        for (const route of virtualHost.routes) {
          if (route.action.kind !== 'forward') continue
          const { authority } = route.action.rewrite ?? {}
          const authorities = authority === undefined ? virtualHost.domains : [authority]
          for (const { cluster } of route.action.clusters) {
            const key = clusterKey(proxy.id, cluster)
            const known = uses.get(key)
            const use = { chain, virtualHost, route, authorities }
            if (known === undefined) uses.set(key, [use])
            else known.push(use)
          }
        }
      }
    }
  }
  return uses
}
