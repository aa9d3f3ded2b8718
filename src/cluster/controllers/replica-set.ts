// ReplicaSet -> pods: as many as wanted, made from the template; the ones that serve least go first.
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from '../../apiserver/client.ts'
import { POD, REPLICA_SET } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import type { EventRecorder } from '../events.ts'
import type { ReplicaSet } from '../objects/deployment.ts'
import { isFinished, isReady, type Pod } from '../objects/pod.ts'
import { selects } from '../selector.ts'
import { type Controller, type ControllerContext, runController, tolerate } from './controller.ts'
import { controlledBy, controllerOf, isControlledBy, namespacedKey } from './owner.ts'
import { deletionOrder } from './pod-rank.ts'

const SOURCE = 'replicaset-controller'

/** Starts the replica set controller. */
export async function startReplicaSetController(
  context: ControllerContext,
  events: EventRecorder,
): Promise<Controller> {
  const client = context.client.as(SOURCE)
  const sets = await context.informers.of<ReplicaSet>(REPLICA_SET)
  const pods = await context.informers.of<Pod>(POD)
  /** Pods made or deleted whose change the cache does not show yet, by set: counting them avoids doing it twice. */
  const unseen = new Map<string, { readonly created: Set<string>; readonly deleted: Set<string> }>()

  const sync = async (key: string): Promise<number | undefined> => {
    const set = sets.cache.get(key)
    if (!set || set.metadata.deletionTimestamp !== undefined) {
      unseen.delete(key)
      return undefined
    }
    const owned = (await adopt(set)).filter((pod) => !isFinished(pod))
    const pending = unseen.get(key) ?? { created: new Set<string>(), deleted: new Set<string>() }
    unseen.set(key, pending)
    for (const uid of pending.created)
      if (owned.some((pod) => pod.metadata.uid === uid)) pending.created.delete(uid)
    for (const uid of pending.deleted) {
      const pod = owned.find((one) => one.metadata.uid === uid)
      if (!pod || pod.metadata.deletionTimestamp !== undefined) pending.deleted.delete(uid)
    }
    const alive = owned.filter(
      (pod) => pod.metadata.deletionTimestamp === undefined && !pending.deleted.has(pod.metadata.uid ?? ''),
    )
    const wanted = set.spec.replicas ?? 1
    const missing = wanted - alive.length - pending.created.size
    let failure: unknown
    try {
      if (missing > 0)
        await Promise.all(Array.from({ length: missing }, () => createPod(set, pending.created)))
      if (missing < 0) {
        const excess = deletionOrder(alive).slice(0, -missing)
        await Promise.all(excess.map((pod) => deletePod(set, pod, pending.deleted)))
      }
    } catch (error) {
      failure = error
    }
    const again = await writeStatus(set, alive, failure)
    if (failure !== undefined) throw failure
    return again
  }

  const adopt = async (set: ReplicaSet): Promise<Pod[]> => {
    const owned: Pod[] = []
    for (const pod of pods.cache.values()) {
      if (pod.metadata.namespace !== set.metadata.namespace) continue
      if (isControlledBy(pod, set)) owned.push(pod)
      else if (
        controllerOf(pod) === undefined &&
        pod.metadata.deletionTimestamp === undefined &&
        selects(set.spec.selector, pod.metadata.labels)
      ) {
        const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controlledBy(set)]
        owned.push(await client.update<Pod>({ ...pod, metadata: { ...pod.metadata, ownerReferences } }))
      }
    }
    return owned
  }

  const createPod = async (set: ReplicaSet, created: Set<string>): Promise<void> => {
    const { metadata, spec } = set.spec.template
    try {
      const pod = await client.create<Pod>({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          ...(metadata?.labels ? { labels: metadata.labels } : {}),
          ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
          ...(metadata?.finalizers ? { finalizers: metadata.finalizers } : {}),
          generateName: `${set.metadata.name}-`,
          ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
          ownerReferences: [controlledBy(set)],
        },
        spec,
      } as unknown as Pod)
      const uid = pod.metadata.uid ?? ''
      if (pods.cache.get(keyOf(pod.metadata))?.metadata.uid !== uid) created.add(uid)
      events.record(SOURCE, set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
      })
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      // A namespace that is going away says so itself.
      if (!(error instanceof ApiError && error.reason === 'Forbidden' && /being terminated/.test(text))) {
        events.record(SOURCE, set, {
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating: ${text}`,
        })
      }
      throw error
    }
  }

  const deletePod = async (set: ReplicaSet, pod: Pod, deleted: Set<string>): Promise<void> => {
    const { name, namespace, uid } = pod.metadata
    deleted.add(uid ?? '')
    try {
      await tolerate('NotFound', client.delete(POD, name, namespace, uid === undefined ? {} : { uid }))
    } catch (error) {
      deleted.delete(uid ?? '')
      throw error
    }
    events.record(SOURCE, set, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${name}`,
    })
  }

  const writeStatus = async (
    set: ReplicaSet,
    alive: readonly Pod[],
    failure: unknown,
  ): Promise<number | undefined> => {
    const ready = alive.filter(isReady)
    const minReadyMs = (set.spec.minReadySeconds ?? 0) * 1000
    const waits = ready.map((pod) => readySince(pod) + minReadyMs - context.now())
    const counts = {
      fullyLabeledReplicas: alive.filter((pod) => hasLabels(pod, set.spec.template.metadata?.labels)).length,
      readyReplicas: ready.length,
      availableReplicas: minReadyMs === 0 ? ready.length : waits.filter((ms) => ms <= 0).length,
    }
    const status = {
      replicas: alive.length,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      observedGeneration: set.metadata.generation ?? 1,
      ...(failure === undefined ? {} : { conditions: [replicaFailure(failure, context.now())] }),
    }
    const { conditions: _, ...before } = (set.status ?? {}) as Record<string, unknown>
    const { conditions, ...after } = status as Record<string, unknown>
    const sameFailure =
      (conditions === undefined) ===
      ((set.status as Record<string, unknown> | undefined)?.['conditions'] === undefined)
    if (!isDeepStrictEqual(before, after) || !sameFailure) {
      await client.updateStatus({ ...set, status } as ReplicaSet)
    }
    const next = minReadyMs === 0 ? [] : waits.filter((ms) => ms > 0)
    return next.length > 0 ? Math.min(...next) : undefined
  }

  return runController(SOURCE, context, {
    sync,
    watch: async (add) => {
      for (const key of sets.cache.keys()) add(key)
      return [
        sets.on(({ object }) => add(keyOf(object.metadata))),
        pods.on(({ object }) => {
          const owner = controllerOf(object)
          if (owner?.kind === 'ReplicaSet') add(namespacedKey(object.metadata.namespace, owner.name))
          else if (!owner && object.metadata.labels) {
            for (const [key, set] of sets.cache) {
              if (set.metadata.namespace !== object.metadata.namespace) continue
              if (selects(set.spec.selector, object.metadata.labels)) add(key)
            }
          }
        }),
      ]
    },
  })
}

function readySince(pod: Pod): number {
  const condition = pod.status?.conditions?.find((one) => one.type === 'Ready')
  return Date.parse(condition?.lastTransitionTime ?? '') || 0
}

function hasLabels(pod: Pod, labels: Readonly<Record<string, string>> | undefined): boolean {
  return Object.entries(labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value)
}

function replicaFailure(failure: unknown, now: number): Record<string, string> {
  return {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: failure instanceof Error ? failure.message : String(failure),
    lastTransitionTime: `${new Date(now).toISOString().slice(0, 19)}Z`,
  }
}
