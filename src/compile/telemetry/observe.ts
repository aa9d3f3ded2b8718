// Puts tracing and access logs on the listeners of a proxy, and the collector's cluster beside its others. Without settings nothing changes.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { FilterChain, Listener } from '../../ir/listener.ts'
import type { Tracing } from '../../ir/tracing.ts'
import { POD } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import { joinKey, query, type Read, splitKey } from '../graph/query.ts'
import { errorText } from '../text.ts'
import { podFacts } from '../workload/pod-facts.ts'
import { type AccessLog, accessLogOf } from './access-log.ts'
import { collectorCluster } from './collector.ts'
import { meshConfig } from './mesh-config.ts'
import type { Side } from './telemetries.ts'
import { tracingOf } from './tracing.ts'

interface Observation {
  readonly tracing?: Tracing
  readonly accessLog: AccessLog
  readonly diagnostics: readonly Diagnostic[]
}

/** Keyed by `side namespace/pod`: what is seen of a side of the pod's proxy. */
const observation = query<Observation>(
  'observation',
  (read, key) => {
    const [side, podKey] = splitKey(key)
    const pod = read(podFacts, podKey)
    if (pod === undefined) return { accessLog: {}, diagnostics: [] }
    const tracing = tracingOf(read, podKey, pod, side as Side)
    const accessLog = accessLogOf(read, pod, side as Side)
    return {
      ...(tracing.value === undefined ? {} : { tracing: tracing.value }),
      accessLog: accessLog.value,
      diagnostics: [...tracing.diagnostics, ...accessLog.diagnostics],
    }
  },
  (error, read, key) => {
    const [, podKey] = splitKey(key)
    const origin =
      read(meshConfig, '').origin.object === undefined
        ? (readObject(read, POD, podKey)?.origin('') ?? {})
        : read(meshConfig, '').origin
    const message = `What is traced and logged of pod ${podKey} cannot be worked out: ${errorText(error)}`
    return { accessLog: {}, diagnostics: [diagnostic('SP1102', origin, message)] }
  },
)

/** The listeners of one side of a pod's proxy as they are to be observed. */
export function observed(
  read: Read,
  podKey: string,
  side: Side,
  listeners: readonly Listener[],
): readonly Listener[] {
  const { tracing, accessLog } = read(observation, joinKey(side, podKey))
  const { format, filter } = accessLog
  if (tracing === undefined && format === undefined && filter === undefined) return listeners
  const settings = {
    ...(tracing === undefined ? {} : { tracing }),
    ...(format === undefined ? {} : { accessLog: format }),
    ...(filter === undefined ? {} : { accessLogFilter: filter }),
  }
  // Chains that share a handler go on sharing it.
  const made = new Map<FilterChain['handler'], FilterChain['handler']>()
  const handlerOf = (handler: FilterChain['handler']): FilterChain['handler'] => {
    const log = format === undefined ? {} : { connectionLog: format }
    const known = made.get(handler) ?? { ...handler, ...(handler.kind === 'tcp' ? log : settings) }
    made.set(handler, known)
    return known
  }
  return listeners.map((listener) => ({
    ...listener,
    filterChains: listener.filterChains.map((chain) => ({ ...chain, handler: handlerOf(chain.handler) })),
  }))
}

/** The clusters with those of the collectors, sorted by name. */
export function withCollectors(
  read: Read,
  podKey: string,
  sides: readonly Side[],
  clusters: readonly Cluster[],
): readonly Cluster[] {
  const pod = read(podFacts, podKey)
  const names = new Set(
    sides.flatMap((side) => read(observation, joinKey(side, podKey)).tracing?.collector.cluster ?? []),
  )
  for (const { name } of clusters) names.delete(name)
  if (pod === undefined || names.size === 0) return clusters
  const more = [...names].flatMap((name) => collectorCluster(read, pod, name) ?? [])
  return [...clusters, ...more].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What is wrong with the settings for one pod's proxy. */
export function observationFindings(
  read: Read,
  podKey: string,
  sides: readonly Side[],
): readonly Diagnostic[] {
  return sides.flatMap((side) => read(observation, joinKey(side, podKey)).diagnostics)
}
