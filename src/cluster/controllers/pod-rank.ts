// Which pod of a ReplicaSet is missed least.
import { isReady, type Pod } from '../objects/pod.ts'

/** The pods in the order in which they should be deleted (the rule of ReplicaSets: unassigned, pending, not ready, costless, youngest). */
export function deletionOrder(pods: readonly Pod[]): Pod[] {
  return [...pods].sort((a, b) => {
    const left = rank(a)
    const right = rank(b)
    for (let index = 0; index < left.length; index++) {
      const difference = (left[index] ?? 0) - (right[index] ?? 0)
      if (difference !== 0) return difference
    }
    return a.metadata.name < b.metadata.name ? -1 : 1
  })
}

/** Smaller goes first. */
function rank(pod: Pod): number[] {
  const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 }
  const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0)
  return [
    pod.spec.nodeName ? 1 : 0,
    phases[pod.status?.phase ?? 'Pending'] ?? 0,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0,
    -restarts,
    -(Date.parse(pod.metadata.creationTimestamp ?? '') || 0),
  ]
}
