// How many pods each ReplicaSet of a Deployment should have next: the rolling update, as a pure function.
import type { Deployment, ReplicaSet } from '../../objects/deployment.ts'
import { byAge } from './template.ts'

export interface Limits {
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/** maxSurge rounds up, maxUnavailable down; both 0 would never move, so one pod may then be missing. */
export function rolloutLimits(deployment: Deployment): Limits {
  const replicas = deployment.spec.replicas ?? 1
  const rolling = deployment.spec.strategy?.rollingUpdate
  const maxSurge = share(rolling?.maxSurge ?? '25%', replicas, Math.ceil)
  const maxUnavailable = Math.min(share(rolling?.maxUnavailable ?? '25%', replicas, Math.floor), replicas)
  return maxSurge === 0 && maxUnavailable === 0
    ? { maxSurge, maxUnavailable: 1 }
    : { maxSurge, maxUnavailable }
}

function share(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent === undefined ? Number.parseInt(value, 10) || 0 : round((Number(percent) * total) / 100)
}

export interface Scale {
  readonly set: ReplicaSet
  readonly replicas: number
}

export interface RolloutInput {
  readonly deployment: Deployment
  /** Absent while a paused Deployment has a template without a set. */
  readonly newSet: ReplicaSet | undefined
  readonly oldSets: readonly ReplicaSet[]
  /** Pods of old sets that still exist, terminating ones included (for Recreate). */
  readonly oldPods: number
}

/** The next changes of size; none when there is nothing to do before something else happens. */
export function planRollout(input: RolloutInput): readonly Scale[] {
  const { deployment, newSet, oldSets } = input
  const wanted = deployment.spec.replicas ?? 1
  if (deployment.spec.paused || !newSet) return scaleAsIs(wanted, newSet ? [newSet, ...oldSets] : oldSets)
  if (deployment.spec.strategy?.type === 'Recreate') return recreate(newSet, oldSets, input.oldPods, wanted)
  const up = scaleUp(newSet, oldSets, wanted, rolloutLimits(deployment).maxSurge)
  return up.length > 0 ? up : scaleDown(newSet, oldSets, wanted, rolloutLimits(deployment).maxUnavailable)
}

/** A paused Deployment still follows `replicas`: the newest set that has pods takes the difference. */
function scaleAsIs(wanted: number, sets: readonly ReplicaSet[]): readonly Scale[] {
  const active = byAge(sets.filter((set) => size(set) > 0))
  const set = active.at(-1) ?? sets[0]
  const difference = wanted - sum(sets, size)
  if (!set || difference === 0) return []
  return [{ set, replicas: Math.max(0, size(set) + difference) }]
}

function recreate(
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
  oldPods: number,
  wanted: number,
): readonly Scale[] {
  const shrinking = oldSets.filter((set) => size(set) > 0)
  if (shrinking.length > 0) return shrinking.map((set) => ({ set, replicas: 0 }))
  return oldPods > 0 || size(newSet) === wanted ? [] : [{ set: newSet, replicas: wanted }]
}

function scaleUp(
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
  wanted: number,
  maxSurge: number,
): readonly Scale[] {
  if (size(newSet) === wanted) return []
  if (size(newSet) > wanted) return [{ set: newSet, replicas: wanted }]
  const room = wanted + maxSurge - sum([newSet, ...oldSets], size)
  const replicas = size(newSet) + Math.min(room, wanted - size(newSet))
  return replicas > size(newSet) ? [{ set: newSet, replicas }] : []
}

/** Old pods go as far as availability allows: those that are not available first, for they serve nobody. */
function scaleDown(
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
  wanted: number,
  maxUnavailable: number,
): readonly Scale[] {
  const newMissing = size(newSet) - available(newSet)
  let budget = sum([newSet, ...oldSets], size) - (wanted - maxUnavailable) - newMissing
  const sizes = new Map(byAge(oldSets).map((set) => [set, size(set)]))
  const shrink = (set: ReplicaSet, by: number) => {
    if (by <= 0) return
    sizes.set(set, (sizes.get(set) ?? 0) - by)
    budget -= by
  }
  for (const set of sizes.keys()) shrink(set, Math.min(size(set) - available(set), budget))
  let spare = sum([newSet, ...oldSets], available) - (wanted - maxUnavailable)
  for (const [set, left] of sizes) {
    const by = Math.min(left, budget, spare)
    spare -= Math.max(0, by)
    shrink(set, by)
  }
  return [...sizes]
    .filter(([set, replicas]) => replicas !== size(set))
    .map(([set, replicas]) => ({ set, replicas }))
}

function size(set: ReplicaSet): number {
  return set.spec.replicas ?? 1
}
function available(set: ReplicaSet): number {
  return Math.min(set.status?.availableReplicas ?? 0, size(set))
}
function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + of(set), 0)
}
