// Merges the conditions that compile wants into those an object has: only what changed moves in time.

/** A condition as Kubernetes and Istio store it (meta/v1 Condition). */
export interface StoredCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly observedGeneration?: number
}

/** A condition as compile returns it. */
export type WantedCondition = Pick<StoredCondition, 'type' | 'status'> & {
  readonly reason: string
  readonly message: string
}

/**
 * The conditions to store: those of other writers stay, ours are put in; lastTransitionTime moves only with `status` (API conventions,
 * "Typical status properties"). Undefined when nothing would change.
 */
export function mergeConditions(
  stored: readonly StoredCondition[],
  wanted: readonly WantedCondition[],
  generation: number | undefined,
  now: string,
): readonly StoredCondition[] | undefined {
  let changed = false
  const merged = new Map(stored.map((condition) => [condition.type, condition]))
  for (const want of wanted) {
    const old = merged.get(want.type)
    const next: StoredCondition = {
      type: want.type,
      status: want.status,
      reason: want.reason,
      message: want.message,
      lastTransitionTime: old?.status === want.status ? (old.lastTransitionTime ?? now) : now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    }
    if (old && sameCondition(old, next)) continue
    merged.set(want.type, next)
    changed = true
  }
  return changed ? [...merged.values()] : undefined
}

function sameCondition(a: StoredCondition, b: StoredCondition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  )
}
