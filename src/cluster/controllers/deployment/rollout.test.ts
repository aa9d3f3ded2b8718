import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReplicaSet } from '../../objects/deployment.ts'
import { deployment, replicaSet } from '../../testing/objects.ts'
import { planRollout, type RolloutInput, rolloutLimits } from './rollout.ts'

const plan = (input: Partial<RolloutInput> & Pick<RolloutInput, 'deployment' | 'newSet'>) =>
  planRollout({ oldSets: [], oldPods: 0, ...input }).map(({ set, replicas }) => [set.metadata.name, replicas])

describe('rolloutLimits', () => {
  it.each([
    [4, undefined, undefined, 1, 1],
    [3, undefined, undefined, 1, 0],
    [1, undefined, undefined, 1, 0],
    [10, '30%', '15%', 3, 1],
    [5, 0, 0, 0, 1],
    [2, 3, 5, 3, 2],
  ])('%i replicas, surge %s, unavailable %s', (replicas, maxSurge, maxUnavailable, surge, unavailable) => {
    const rollingUpdate = {
      ...(maxSurge === undefined ? {} : { maxSurge }),
      ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    }
    const limits = rolloutLimits(
      deployment('web', { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }),
    )
    expect(limits).toEqual({ maxSurge: surge, maxUnavailable: unavailable })
  })
})

describe('planRollout', () => {
  it('grows the new set within the surge first', () => {
    const newSet = replicaSet('new', 0, 0)
    expect(
      plan({ deployment: deployment('web', { replicas: 4 }), newSet, oldSets: [replicaSet('old', 4, 4)] }),
    ).toEqual([['new', 1]])
  })
  it('takes pods that are not available from old sets first', () => {
    const newSet = replicaSet('new', 2, 2)
    const oldSets = [replicaSet('old', 3, 1)]
    expect(plan({ deployment: deployment('web', { replicas: 4 }), newSet, oldSets })).toEqual([['old', 1]])
  })
  it('keeps the last available pod while the new one is not', () => {
    const newSet = replicaSet('new', 1, 0)
    expect(plan({ deployment: deployment('web'), newSet, oldSets: [replicaSet('old', 1, 1)] })).toEqual([])
  })
  it('Recreate waits until no old pod is left', () => {
    const recreate = deployment('web', { replicas: 2, strategy: { type: 'Recreate' } })
    const newSet = replicaSet('new', 0, 0)
    expect(plan({ deployment: recreate, newSet, oldSets: [replicaSet('old', 2, 2)], oldPods: 2 })).toEqual([
      ['old', 0],
    ])
    expect(plan({ deployment: recreate, newSet, oldSets: [replicaSet('old', 0, 0)], oldPods: 1 })).toEqual([])
    expect(plan({ deployment: recreate, newSet, oldSets: [replicaSet('old', 0, 0)] })).toEqual([['new', 2]])
  })
  it('a paused Deployment follows its size only', () => {
    const paused = deployment('web', { replicas: 5, paused: true })
    const old = replicaSet('old', 3, 3)
    expect(plan({ deployment: paused, newSet: undefined, oldSets: [old] })).toEqual([['old', 5]])
    expect(
      plan({
        deployment: paused,
        newSet: replicaSet('new', 2, 2, { created: '2026-01-02T00:00:00Z' }),
        oldSets: [old],
      }),
    ).toEqual([])
  })

  it('always ends, never exceeds the surge, never drops availability below its limit', () => {
    const arbitrary = fc.record({
      replicas: fc.integer({ min: 0, max: 12 }),
      maxSurge: fc.integer({ min: 0, max: 4 }),
      maxUnavailable: fc.integer({ min: 0, max: 4 }),
      old: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 3 }),
      order: fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
    })
    fc.assert(
      fc.property(arbitrary, ({ replicas, maxSurge, maxUnavailable, old, order }) => {
        const web = deployment('web', {
          replicas,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
        })
        const limits = rolloutLimits(web)
        let sets = [
          replicaSet('new', 0, 0),
          ...old.map(([size, available], index) =>
            replicaSet(`old${index}`, size, Math.min(size, available)),
          ),
        ]
        const available = () => sum(sets, (set) => set.status?.availableReplicas ?? 0)
        const size = () => sum(sets, (set) => set.spec.replicas ?? 0)
        const highest = Math.max(size(), replicas + limits.maxSurge)
        const lowest = Math.min(available(), replicas - limits.maxUnavailable)
        for (const step of order) {
          const [newSet, ...oldSets] = sets
          const changes = planRollout({ deployment: web, newSet, oldSets, oldPods: 0 })
          // Sometimes pods become available, sometimes the plan is carried out.
          if (step === 0 || changes.length === 0) sets = sets.map(ready)
          else sets = sets.map((set) => resized(set, changes.find((one) => one.set === set)?.replicas))
          expect(size()).toBeLessThanOrEqual(highest)
          expect(available()).toBeGreaterThanOrEqual(lowest)
        }
        for (let round = 0; round < 60; round++) {
          const [newSet, ...oldSets] = sets
          const changes = planRollout({ deployment: web, newSet, oldSets, oldPods: 0 })
          sets = sets.map((set) => ready(resized(set, changes.find((one) => one.set === set)?.replicas)))
        }
        expect(sets.map((set) => set.spec.replicas)).toEqual([replicas, ...old.map(() => 0)])
      }),
      { numRuns: 100 },
    )
  })
})

/** One more pod becomes available. */
function ready(set: ReplicaSet): ReplicaSet {
  const replicas = set.spec.replicas ?? 0
  return withStatus(set, replicas, Math.min(replicas, (set.status?.availableReplicas ?? 0) + 1))
}

/** A ReplicaSet gives up pods that are not available first. */
function resized(set: ReplicaSet, replicas = set.spec.replicas ?? 0): ReplicaSet {
  return withStatus(set, replicas, Math.min(replicas, set.status?.availableReplicas ?? 0))
}

function withStatus(set: ReplicaSet, replicas: number, availableReplicas: number): ReplicaSet {
  return { ...set, spec: { ...set.spec, replicas }, status: { replicas, availableReplicas } }
}

function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + of(set), 0)
}
