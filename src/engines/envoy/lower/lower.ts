// A proxy as xDS resources by type and name. Memoised on the identity of the model's parts: what did not change is the same object again.
import type { Cluster } from '../../../ir/cluster.ts'
import type { FilterChain } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { RouteTable, VirtualHost } from '../../../ir/route.ts'
import type { Locate } from '../../engine.ts'
import { lowerCluster, lowerEndpoints } from './cluster.ts'
import { lowerListener, REFUSED, refuses } from './listener.ts'
import type { Message } from './proto.ts'
import {
  type ClusterIndex,
  closedBy,
  lowerRouteTable,
  lowerVirtualHost,
  mayClose,
  type RouteTableParts,
  type Style,
  wholeRouteTable,
} from './route.ts'
import type { SecretRef } from './tls.ts'

/** Everything one Envoy is told. Names are unique within a type. */
export interface EnvoyResources {
  readonly listeners: ReadonlyMap<string, Message>
  readonly routes: ReadonlyMap<string, RouteTableParts>
  readonly clusters: ReadonlyMap<string, Message>
  readonly endpoints: ReadonlyMap<string, Message>
  readonly secrets: ReadonlyMap<string, SecretRef>
}

/** A cluster with no endpoints, for chains that refuse. */
const refusedCluster: Message = {
  name: REFUSED,
  type: 'STATIC',
  connect_timeout: '1s',
  load_assignment: { cluster_name: REFUSED },
}

type LoweredCluster = ReturnType<typeof lowerCluster> & { readonly endpoints: Message }

/** Lowers proxies and remembers what each part became. One per engine and `locate`. */
export interface Lowerer {
  /** With `static`, routes and endpoints stand inside listeners and clusters. */
  lower(proxy: Proxy): EnvoyResources
}

export function createLowerer(locate: Locate, mode: 'ads' | 'static' = 'ads'): Lowerer {
  const proxies = new WeakMap<Proxy, EnvoyResources>()
  const clusters = new WeakMap<Cluster, LoweredCluster>()
  const hosts = new WeakMap<VirtualHost, { readonly closed: string; readonly message: Message }>()
  const listeners = new WeakMap<object, ReturnType<typeof lowerListener>>()
  const listenersByName = new Map<
    string,
    { readonly text: string; readonly lowered: ReturnType<typeof lowerListener> }
  >()
  const shells = new Map<string, Message>()
  /** Of proxies without a cluster whose state changes routes: their tables and hosts are lowered once for all of them. */
  const open = new WeakSet<ClusterIndex>()
  const tables = new WeakMap<RouteTable, { readonly key: string; readonly parts: RouteTableParts }>()

  /** A listener that changed in nothing but its routes, which are not in it, stays the same object: Envoy would drain its connections. */
  const settled = (name: string, lowered: ReturnType<typeof lowerListener>) => {
    const text = JSON.stringify(lowered.resource)
    const before = listenersByName.get(name)
    if (before?.text === text) return before.lowered
    listenersByName.set(name, { text, lowered })
    return lowered
  }
  const cluster = (one: Cluster): LoweredCluster => {
    let lowered = clusters.get(one)
    if (!lowered) {
      lowered = { ...lowerCluster(one, locate, mode), endpoints: lowerEndpoints(one, locate) }
      clusters.set(one, lowered)
    }
    return lowered
  }
  const virtualHost =
    (index: ClusterIndex, { profile }: Style) =>
    (host: VirtualHost): Message => {
      const closed = `${profile} ${open.has(index) ? '' : closedBy(host, index)}`
      const known = hosts.get(host)
      if (known?.closed === closed) return known.message
      const message = lowerVirtualHost(host, index, profile)
      hosts.set(host, { closed, message })
      return message
    }
  /** A shell that says the same stays the same object, so that it is not sent again when only hosts changed. */
  const table = (one: RouteTable, style: Style, index: ClusterIndex): RouteTableParts => {
    const key = JSON.stringify(style)
    const known = tables.get(one)
    if (known?.key === key && open.has(index)) return known.parts
    const parts = lowerRouteTable(one, style, virtualHost(index, style))
    const text = JSON.stringify(parts.shell)
    const shell = shells.get(text) ?? parts.shell
    shells.set(text, shell)
    const result = { shell, hosts: parts.hosts }
    if (open.has(index)) tables.set(one, { key, parts: result })
    return result
  }

  const build = (proxy: Proxy): EnvoyResources => {
    const index: ClusterIndex = new Map(proxy.clusters.map((one): [string, Cluster] => [one.name, one]))
    if (!proxy.clusters.some(mayClose)) open.add(index)
    const secrets = new Map<string, SecretRef>()
    const keep = (found: readonly SecretRef[]) => {
      for (const secret of found) secrets.set(secret.name, secret)
    }
    const routes = new Map<string, RouteTableParts>()
    const routesOf = ({ handler, tls }: FilterChain): Message | undefined => {
      if (handler.kind !== 'http') return undefined
      const misdirected = tls !== undefined && handler.misdirected === 421
      const style: Style = {
        profile: handler.profile,
        misdirected,
        appendsClient: handler.clientAddress.useRemoteAddress,
        withoutServer: handler.server.mode === 'remove',
      }
      const parts = table(handler.routes, style, index)
      routes.set(handler.routes.name, parts)
      return mode === 'static' ? wholeRouteTable(parts) : undefined
    }
    const lowered = proxy.listeners.map((one) => {
      const known = mode === 'ads' ? listeners.get(one) : undefined
      // A listener that is known still brings its tables: their hosts depend on the clusters.
      if (known) for (const chain of one.filterChains) routesOf(chain)
      const result = known ?? settled(`${proxy.id} ${one.name}`, lowerListener(one, locate, routesOf))
      listeners.set(one, result)
      keep(result.secrets)
      return [one.name, result.resource] as const
    })
    const found = proxy.clusters.map((one) => [one.name, cluster(one)] as const)
    for (const [, { secrets: named }] of found) keep(named)
    return {
      listeners: new Map(lowered),
      routes,
      clusters: new Map([
        ...found.map(([name, { resource }]) => [name, resource] as const),
        ...(proxy.listeners.some(refuses) ? [[REFUSED, refusedCluster] as const] : []),
      ]),
      endpoints:
        mode === 'ads' ? new Map(found.map(([name, { endpoints }]) => [name, endpoints])) : new Map(),
      secrets,
    }
  }
  return {
    lower: (proxy) => {
      let resources = proxies.get(proxy)
      if (!resources) {
        resources = build(proxy)
        proxies.set(proxy, resources)
      }
      return resources
    },
  }
}
