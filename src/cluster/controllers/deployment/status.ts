// What a Deployment's status says: numbers for `get`, conditions for `wait` and `rollout status`.
import type { Deployment, DeploymentCondition, ReplicaSet } from '../../objects/deployment.ts'
import { rolloutLimits } from './rollout.ts'

type Status = NonNullable<Deployment['status']>

export interface StatusInput {
  readonly deployment: Deployment
  readonly newSet: ReplicaSet | undefined
  readonly sets: readonly ReplicaSet[]
  /** What was done in this pass, for the Progressing condition. */
  readonly created: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The status, and in how many ms the progress deadline will pass if nothing happens. */
export function deploymentStatus(input: StatusInput): {
  readonly status: Status
  readonly deadlineMs?: number
} {
  const { deployment, newSet, sets } = input
  const old = deployment.status ?? {}
  const wanted = deployment.spec.replicas ?? 1
  const replicas = total(sets, (set) => set.status?.replicas)
  const available = total(sets, (set) => set.status?.availableReplicas)
  const counts = {
    replicas,
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: total(sets, (set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total(sets, (set) => set.spec.replicas ?? 1) - available),
  }
  const complete =
    counts.updatedReplicas === wanted && replicas === wanted && available === wanted && newSet !== undefined
  const progressed =
    counts.updatedReplicas > (old.updatedReplicas ?? 0) ||
    replicas - counts.updatedReplicas < (old.replicas ?? 0) - (old.updatedReplicas ?? 0) ||
    counts.readyReplicas > (old.readyReplicas ?? 0) ||
    available > (old.availableReplicas ?? 0)
  const mixed = replicas !== counts.updatedReplicas
  const progressing = progressCondition({ ...input, mixed }, complete, progressed)
  const conditions = [
    settle(old.conditions, availableCondition(deployment, available), input.now),
    ...(progressing ? [settle(old.conditions, progressing.condition, input.now, progressing.touch)] : []),
  ]
  const status: Status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    // Zeros are left out, as Go's omitempty does.
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    ...(old.collisionCount === undefined ? {} : { collisionCount: old.collisionCount }),
    conditions,
  }
  return progressing?.deadlineMs === undefined ? { status } : { status, deadlineMs: progressing.deadlineMs }
}

type Wanted = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

function availableCondition(deployment: Deployment, available: number): Wanted {
  const wanted = deployment.spec.replicas ?? 1
  const enough =
    available >=
    wanted - (deployment.spec.strategy?.type === 'Recreate' ? 0 : rolloutLimits(deployment).maxUnavailable)
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
}

function progressCondition(
  input: StatusInput & { readonly mixed: boolean },
  complete: boolean,
  progressed: boolean,
): { condition: Wanted; touch?: boolean; deadlineMs?: number } | undefined {
  const { deployment, newSet, created, now } = input
  const known = deployment.status?.conditions?.find((one) => one.type === 'Progressing')
  const set = newSet?.metadata.name ?? ''
  const named = `ReplicaSet "${set}"`
  const is = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): Wanted => ({
    type: 'Progressing',
    status,
    reason,
    message,
  })
  if (deployment.spec.paused) {
    return { condition: is('Unknown', 'DeploymentPaused', 'Deployment is paused') }
  }
  if (complete) {
    return { condition: is('True', 'NewReplicaSetAvailable', `${named} has successfully progressed.`) }
  }
  // A finished rollout stays finished while pods come and go; only another set's pods reopen it.
  if (known?.reason === 'NewReplicaSetAvailable' && !created && !input.mixed) {
    return { condition: is(known.status, known.reason, known.message) }
  }
  const limitMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000
  // A rollout that was complete starts anew; reasons that end with the pass that gave them are not kept.
  const restarted =
    known === undefined || known.reason === 'NewReplicaSetAvailable' || known.reason === 'DeploymentPaused'
  if (created) {
    return {
      condition: is('True', 'NewReplicaSetCreated', `Created new replica set "${set}"`),
      deadlineMs: limitMs,
    }
  }
  if (restarted || progressed) {
    return {
      condition: is('True', 'ReplicaSetUpdated', `${named} is progressing.`),
      touch: progressed,
      deadlineMs: limitMs,
    }
  }
  const since = Date.parse(known.lastUpdateTime ?? '')
  const leftMs = since + limitMs - now
  if (known.reason === 'ProgressDeadlineExceeded' || leftMs <= 0) {
    return { condition: is('False', 'ProgressDeadlineExceeded', `${named} has timed out progressing.`) }
  }
  return { condition: is(known.status, known.reason, known.message), deadlineMs: leftMs }
}

/** Keeps the times of a condition that says the same; `touch` renews lastUpdateTime (progress was made). */
function settle(
  known: readonly DeploymentCondition[] | undefined,
  wanted: Wanted,
  now: number,
  touch = false,
): DeploymentCondition {
  const old = known?.find((one) => one.type === wanted.type)
  const stamp = `${new Date(now).toISOString().slice(0, 19)}Z`
  const same = old?.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message
  if (old && same && !touch) return old
  return {
    ...wanted,
    lastUpdateTime: stamp,
    lastTransitionTime: (old?.status === wanted.status ? old.lastTransitionTime : undefined) ?? stamp,
  }
}

function total(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((sum, set) => sum + (of(set) ?? 0), 0)
}
