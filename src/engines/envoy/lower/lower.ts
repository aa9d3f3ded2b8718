// A proxy as xDS resources by type and name. Memoised on the identity of the model's parts: what did not change is the same object again.
import type { Cluster } from '../../../ir/cluster.ts'
import type { FilterChain } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { Locate } from '../../engine.ts'
import { lowerCluster, lowerEndpoints } from './cluster.ts'
import { lowerListener } from './listener.ts'
import type { Message } from './proto.ts'
import { type ClusterIndex, lowerRouteTable } from './route.ts'
import type { SecretRef } from './tls.ts'

/** Everything one Envoy is told. Names are unique within a type. */
export interface EnvoyResources {
  readonly listeners: ReadonlyMap<string, Message>
  readonly routes: ReadonlyMap<string, Message>
  readonly clusters: ReadonlyMap<string, Message>
  readonly endpoints: ReadonlyMap<string, Message>
  readonly secrets: ReadonlyMap<string, SecretRef>
}

/** A cluster with no endpoints, for chains that refuse. */
const refusedCluster: Message = {
  name: 'refused',
  type: 'STATIC',
  connect_timeout: '1s',
  load_assignment: { cluster_name: 'refused' },
}

/** Lowers one proxy; with `static`, routes and endpoints stand inside listeners and clusters. */
export function lowerProxy(proxy: Proxy, locate: Locate, mode: 'ads' | 'static' = 'ads'): EnvoyResources {
  const index: ClusterIndex = new Map(
    proxy.clusters.map((cluster): [string, Cluster] => [cluster.name, cluster]),
  )
  const secrets = new Map<string, SecretRef>()
  const keep = (found: readonly SecretRef[]) => {
    for (const secret of found) secrets.set(secret.name, secret)
  }
  const routes = new Map<string, Message>()
  const routesOf = (chain: FilterChain): Message | undefined => {
    if (chain.handler.kind !== 'http') return undefined
    const table = lowerRouteTable(chain.handler.routes, index)
    if (mode === 'static') return table
    routes.set(chain.handler.routes.name, table)
    return undefined
  }
  const listeners = new Map<string, Message>()
  for (const listener of proxy.listeners) {
    const lowered = lowerListener(listener, locate, routesOf)
    listeners.set(listener.name, lowered.resource)
    keep(lowered.secrets)
  }
  const clusters = new Map<string, Message>()
  const endpoints = new Map<string, Message>()
  for (const cluster of proxy.clusters) {
    const lowered = lowerCluster(cluster, locate, mode)
    clusters.set(cluster.name, lowered.resource)
    keep(lowered.secrets)
    if (mode === 'ads') endpoints.set(cluster.name, lowerEndpoints(cluster, locate))
  }
  if (proxy.listeners.some(({ filterChains }) => filterChains.some(({ refuse }) => refuse)))
    clusters.set('refused', refusedCluster)
  return { listeners, routes, clusters, endpoints, secrets }
}
