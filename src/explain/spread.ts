// How the requests to a cluster spread over its priorities and localities, by the health that the model knows.
import type { Cluster, Endpoint } from '../ir/cluster.ts'
import { localityText } from '../ir/locality.ts'
import { localityWeight, panicPercentOf, priorityLoads } from '../ir/priority-load.ts'

/** The endpoints of one priority. */
export interface PriorityShare {
  readonly priority: number
  /** Of all requests, as long as health stays as it is. */
  readonly percent: number
  readonly endpoints: number
  readonly sound: number
  /** Where they run; with weights, the percent that each gets of this priority's requests. */
  readonly localities: readonly { readonly name: string; readonly percent?: number }[]
}

function localitiesOf(
  { localityWeights }: Cluster,
  members: readonly Endpoint[],
): PriorityShare['localities'] {
  const names = [...new Set(members.map(({ locality }) => localityText(locality)))]
  const shown = (name: string): string => name || 'an unknown place'
  if (localityWeights === undefined || names.length === 1) return names.map((name) => ({ name: shown(name) }))
  const weights = names.map((name) => ({
    name: shown(name),
    weight: localityWeight(
      localityWeights,
      name,
      members.filter(({ locality }) => localityText(locality) === name),
    ),
  }))
  const total = weights.reduce((sum, { weight }) => sum + weight, 0)
  return weights.map(({ name, weight }) => ({ name, percent: Math.round((100 * weight) / total) }))
}

/** The priorities of a cluster; empty when all its endpoints are alike. */
export function spreadOf(cluster: Cluster): readonly PriorityShare[] {
  const { endpoints, localityWeights } = cluster
  const levels = levelsOf(cluster)
  if (levels.length < 2 && (localityWeights === undefined || endpoints.length < 2)) return []
  return levels.map(({ members, sound, percent }, priority) => ({
    priority,
    percent,
    endpoints: members.length,
    sound,
    localities: localitiesOf(cluster, members),
  }))
}

function levelsOf(cluster: Cluster): readonly {
  readonly members: readonly Endpoint[]
  readonly sound: number
  readonly percent: number
}[] {
  const count = Math.max(0, ...cluster.endpoints.map(({ priority = 0 }) => priority + 1))
  const levels = Array.from({ length: count }, (_, level) =>
    cluster.endpoints.filter(({ priority = 0 }) => priority === level),
  )
  const sizes = levels.map((members) => ({
    endpoints: members.length,
    sound: members.filter(({ healthy }) => healthy).length,
  }))
  const loads = priorityLoads(sizes, panicPercentOf(cluster))
  return levels.map((members, index) => ({
    members,
    sound: sizes[index]?.sound ?? 0,
    percent: loads[index]?.percent ?? 0,
  }))
}

/** The endpoint that explain shows: the first sound one of the priority that takes most. */
export function usableEndpoint(cluster: Cluster): Endpoint | undefined {
  const [most] = [...levelsOf(cluster)].sort((a, b) => b.percent - a.percent)
  return most?.members.find(({ healthy }) => healthy)
}
