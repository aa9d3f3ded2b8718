// What rules look at: the snapshot, the model, and the indexes over them that several rules share. Each index is made once, when first asked for.
import type { Listener } from '../../ir/listener.ts'
import type { Model, Proxy } from '../../ir/proxy.ts'
import { POD } from '../../resources/kinds.ts'
import type { Pod } from '../../resources/pod.ts'
import { listOf, type Resource, type Snapshot } from '../../resources/snapshot.ts'
import { type ClusterUse, clusterUses } from './cluster-uses.ts'
import { type Edge, edgesOf, type ListenerAt } from './edges.ts'

export interface World {
  readonly snapshot: Snapshot
  readonly model: Model
  readonly pods: () => readonly Resource<Pod>[]
  /** Pods of a namespace that have all these labels, in order of name; none for no labels. */
  readonly podsWith: (namespace: string, labels: Readonly<Record<string, string>>) => readonly Resource<Pod>[]
  readonly listenerAt: ListenerAt
  /** By proxy id and cluster name: the hosts and routes that lead to it. */
  readonly uses: () => ReadonlyMap<string, readonly ClusterUse[]>
  /** Every meeting of a cluster with another proxy of the model. */
  readonly edges: () => readonly Edge[]
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The items by key, in their order. */
export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Everything a lint looks at. */
export function worldOf(snapshot: Snapshot, model: Model): World {
  const pods = once(() => listOf<Pod>(snapshot, POD))
  // By one label: with thousands of Services nobody looks at all pods for each.
  const podsByLabel = once(() =>
    groupBy(
      pods().flatMap((pod) =>
        Object.entries(pod.object.metadata.labels ?? {}).map(([name, value]) => ({
          pod,
          key: `${pod.object.metadata.namespace ?? ''} ${name}=${value}`,
        })),
      ),
      ({ key }) => key,
    ),
  )
  const listeners = once(() => {
    const index = new Map<string, readonly [Proxy, Listener]>()
    for (const proxy of model.proxies) {
      for (const listener of proxy.listeners) {
        for (const { address, port } of listener.binds) index.set(`${address}:${port}`, [proxy, listener])
      }
    }
    return index
  })
  const uses = once(() => clusterUses(model))
  const listenerAt: ListenerAt = (address, port) => listeners().get(`${address}:${port}`)
  return {
    snapshot,
    model,
    pods,
    podsWith: (namespace, labels) => {
      const [first] = Object.entries(labels)
      if (first === undefined) return []
      const candidates = podsByLabel().get(`${namespace} ${first[0]}=${first[1]}`) ?? []
      return candidates
        .map(({ pod }) => pod)
        .filter(({ object }) => hasLabels(object.metadata.labels, labels))
    },
    listenerAt,
    uses,
    edges: once(() => edgesOf(model, uses(), listenerAt)),
  }
}

/** Whether all of `wanted` are among the labels. */
export function hasLabels(
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value)
}
