import { describe, expect, it } from 'vitest'
import type { Deployment } from '../../objects/deployment.ts'
import { deployment, replicaSet } from '../../testing/objects.ts'
import { deploymentStatus } from './status.ts'

const T0 = Date.parse('2026-01-01T00:00:00Z')

const reasons = (status: Deployment['status']) =>
  status?.conditions?.map((one) => `${one.type}=${one.status} ${one.reason}`)

describe('deploymentStatus', () => {
  it('tells of a rollout from its start to its end', () => {
    const web = deployment('web', { replicas: 2 })
    const start = deploymentStatus({
      deployment: web,
      newSet: replicaSet('a', 2, 0),
      sets: [replicaSet('a', 2, 0)],
      created: true,
      now: T0,
    })
    expect(reasons(start.status)).toEqual([
      'Available=False MinimumReplicasUnavailable',
      'Progressing=True NewReplicaSetCreated',
    ])
    expect(start.deadlineMs).toBe(600_000)
    const half = deploymentStatus({
      deployment: { ...web, status: start.status },
      newSet: replicaSet('a', 2, 1),
      sets: [replicaSet('a', 2, 1)],
      created: false,
      now: T0 + 5000,
    })
    expect(reasons(half.status)).toEqual([
      'Available=False MinimumReplicasUnavailable',
      'Progressing=True ReplicaSetUpdated',
    ])
    const end = deploymentStatus({
      deployment: { ...web, status: half.status },
      newSet: replicaSet('a', 2, 2),
      sets: [replicaSet('a', 2, 2)],
      created: false,
      now: T0 + 9000,
    })
    expect(reasons(end.status)).toEqual([
      'Available=True MinimumReplicasAvailable',
      'Progressing=True NewReplicaSetAvailable',
    ])
    expect(end.status).toMatchObject({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 })
    expect(end.status.unavailableReplicas).toBeUndefined()
  })

  it('exceeds its deadline without progress, and not before', () => {
    const web = deployment('web', { progressDeadlineSeconds: 10 })
    const set = replicaSet('a', 1, 0)
    const start = deploymentStatus({ deployment: web, newSet: set, sets: [set], created: true, now: T0 })
    const at = (ms: number) =>
      deploymentStatus({
        deployment: { ...web, status: start.status },
        newSet: set,
        sets: [set],
        created: false,
        now: T0 + ms,
      })
    // The set's pods appearing is progress; from then on nothing happens.
    const known = at(1000)
    expect(reasons(known.status)?.[1]).toBe('Progressing=True NewReplicaSetCreated')
    expect(known.deadlineMs).toBe(9000)
    expect(reasons(at(10_000).status)?.[1]).toBe('Progressing=False ProgressDeadlineExceeded')
  })

  it('keeps a finished rollout finished when a pod fails later', () => {
    const web = deployment('web')
    const up = replicaSet('a', 1, 1)
    const done = deploymentStatus({ deployment: web, newSet: up, sets: [up], created: false, now: T0 })
    const down = replicaSet('a', 1, 0)
    const later = deploymentStatus({
      deployment: { ...web, status: done.status },
      newSet: down,
      sets: [down],
      created: false,
      now: T0 + 1000,
    })
    expect(reasons(later.status)).toEqual([
      'Available=False MinimumReplicasUnavailable',
      'Progressing=True NewReplicaSetAvailable',
    ])
  })

  it('is a fixed point: the same facts give the same status', () => {
    const web = deployment('web')
    const set = replicaSet('a', 1, 1)
    const once = deploymentStatus({ deployment: web, newSet: set, sets: [set], created: false, now: T0 })
    const twice = deploymentStatus({
      deployment: { ...web, status: once.status },
      newSet: set,
      sets: [set],
      created: false,
      now: T0 + 60_000,
    })
    expect(twice.status).toEqual(once.status)
  })
})
