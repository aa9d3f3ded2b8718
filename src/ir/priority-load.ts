// How requests spread over the priority levels of a cluster (Envoy's priority levels and panic threshold): the engine of ours and `trace` go by it.
import type { Cluster, LocalityWeight } from './cluster.ts'
import { localityText } from './locality.ts'

/** A level counts as whole until its sound share times this falls below 100: Envoy's default, which Istio keeps. */
export const OVERPROVISIONING_PERCENT = 140

/** Of every so many tries one leaves the priorities tried before, where a retry policy asks for that (Istio's choice). */
export const RETRY_PRIORITY_FREQUENCY = 2

/** The endpoints of one level. */
export interface Level {
  readonly endpoints: number
  readonly sound: number
}

export interface LevelLoad {
  /** Of all requests. The loads of all levels make 100, or 0 when nothing can take any. */
  readonly percent: number
  /** Too few are sound: all of its endpoints are used, whatever their health. */
  readonly panic: boolean
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** Whole percents by `shares` of their sum; what rounding leaves goes to the first that has a share. */
function percents(shares: readonly number[]): readonly number[] {
  const total = sum(shares)
  if (total === 0) return shares
  const cut = shares.map((share) => Math.floor((100 * share) / total))
  const first = shares.findIndex((share) => share > 0)
  const rest = 100 - sum(cut)
  return cut.map((percent, index) => (index === first ? percent + rest : percent))
}

/** As much to each level as its health bears, the first ones first. */
function spill(health: readonly number[]): readonly number[] {
  let left = 100
  return health.map((percent) => {
    const taken = Math.min(left, percent)
    left -= taken
    return taken
  })
}

/** The load of each level, the most preferred first. `panicPercent` 0: no panic. */
export function priorityLoads(levels: readonly Level[], panicPercent: number): readonly LevelLoad[] {
  const health = levels.map(({ endpoints, sound }) =>
    endpoints === 0 ? 0 : Math.min(100, Math.floor((sound * OVERPROVISIONING_PERCENT) / endpoints)),
  )
  const enough = sum(health) >= 100
  const panic = levels.map(
    ({ endpoints, sound }) => !enough && (endpoints === 0 ? 0 : (100 * sound) / endpoints) < panicPercent,
  )
  // In panic everywhere, health says nothing any more: by number.
  const loads = panic.every(Boolean)
    ? percents(levels.map(({ endpoints }) => endpoints))
    : enough
      ? spill(health)
      : percents(health)
  return loads.map((percent, index) => ({ percent, panic: panic[index] === true }))
}

/** Below which share of sound endpoints a cluster panics. */
export const panicPercentOf = ({ outlier }: Pick<Cluster, 'outlier'>): number =>
  outlier?.minHealthPercent ?? 0

/** The weight of a locality among those of its priority: what is given, else as much as its endpoints. */
export function localityWeight(
  weights: readonly LocalityWeight[],
  name: string,
  endpoints: readonly { readonly weight?: number }[],
): number {
  const given = weights.find(({ locality }) => localityText(locality) === name)
  return given?.weight ?? sum(endpoints.map(({ weight = 1 }) => weight))
}
