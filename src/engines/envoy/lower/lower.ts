// A proxy as xDS resources by type and name. Memoised on the identity of the model's parts: what did not change is the same object again, and
// what several proxies share is lowered once for all of them.
import type { Cluster } from '../../../ir/cluster.ts'
import type { Listener } from '../../../ir/listener.ts'
import type { Proxy } from '../../../ir/proxy.ts'
import type { Locate } from '../../engine.ts'
import { type Closed, closedClusters } from './action.ts'
import { lowerCluster, lowerEndpoints } from './cluster.ts'
import { REFUSED, refuses } from './listener.ts'
import { ListenerLowerer } from './listeners.ts'
import type { Message } from './proto.ts'
import type { RouteTableParts } from './route-table.ts'
import type { SecretRef } from './tls.ts'

/** Everything one Envoy is told. Names are unique within a type. Equal parts are the same maps from one proxy and version to the next. */
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

/** How many sets of closed clusters are remembered. */
const CLOSURES = 64

type LoweredCluster = ReturnType<typeof lowerCluster> & { readonly endpoints: Message }

/** What the clusters of a proxy become. */
interface ClusterSide {
  readonly clusters: ReadonlyMap<string, Message>
  /** The same, and the one that closes connections. */
  readonly withRefused: ReadonlyMap<string, Message>
  readonly endpoints: ReadonlyMap<string, Message>
  readonly secrets: ReadonlyMap<string, SecretRef>
  readonly closed: Closed
}

/** Lowers proxies and remembers what each part became. One per engine and `locate`. */
export interface Lowerer {
  /** With `static`, routes and endpoints stand inside listeners and clusters. */
  lower(proxy: Proxy): EnvoyResources
  /** Drops what is remembered of a proxy that is gone. */
  forget(id: string): void
}

/** `counted`: the control plane is told of every request and connection. */
export function createLowerer(locate: Locate, mode: 'ads' | 'static' = 'ads', counted = false): Lowerer {
  const clusters = new WeakMap<Cluster, LoweredCluster>()
  const sides = new WeakMap<readonly Cluster[], ClusterSide>()
  const closures = new Map<string, Closed>()
  const listeners = new ListenerLowerer(locate, mode, counted)
  const whole = new WeakMap<readonly Listener[], { readonly of: ClusterSide; readonly is: EnvoyResources }>()

  const cluster = (one: Cluster): LoweredCluster => {
    let lowered = clusters.get(one)
    if (!lowered) {
      lowered = { ...lowerCluster(one, locate, mode), endpoints: lowerEndpoints(one, locate) }
      clusters.set(one, lowered)
    }
    return lowered
  }
  /** The same object for the same content: route tables depend on it. */
  const intern = (closed: Closed): Closed => {
    const text = JSON.stringify([...closed])
    const known = closures.get(text) ?? closed
    if (closures.size > CLOSURES) closures.clear()
    closures.set(text, known)
    return known
  }
  const clusterSide = (all: readonly Cluster[]): ClusterSide => {
    let side = sides.get(all)
    if (!side) {
      const found = all.map((one) => [one.name, cluster(one)] as const)
      const resources = new Map(found.map(([name, { resource }]) => [name, resource]))
      side = {
        clusters: resources,
        withRefused: new Map(resources).set(REFUSED, refusedCluster),
        endpoints: new Map(mode === 'ads' ? found.map(([name, { endpoints }]) => [name, endpoints]) : []),
        secrets: new Map(found.flatMap(([, { secrets }]) => secrets.map((one) => [one.name, one] as const))),
        closed: intern(closedClusters(all)),
      }
      sides.set(all, side)
    }
    return side
  }
  return {
    lower({ id, listeners: all, clusters: named }) {
      const side = clusterSide(named)
      const known = whole.get(all)
      if (known?.of === side) return known.is
      const lowered = listeners.lower(id, all, side.closed)
      const is = {
        listeners: lowered.listeners,
        routes: lowered.routes,
        clusters: all.some(refuses) ? side.withRefused : side.clusters,
        endpoints: side.endpoints,
        secrets: new Map([...lowered.secrets, ...side.secrets]),
      }
      whole.set(all, { of: side, is })
      return is
    },
    forget: (id) => listeners.forget(id),
  }
}
