// Deployment -> ReplicaSets: makes the set of the present template, moves pods over to it, keeps the history, writes the status.
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from '../../../apiserver/client.ts'
import { DEPLOYMENT, POD, REPLICA_SET } from '../../../resources/kinds.ts'
import { keyOf } from '../../../resources/object.ts'
import type { EventRecorder } from '../../events.ts'
import type { Deployment, ReplicaSet } from '../../objects/deployment.ts'
import type { Pod } from '../../objects/pod.ts'
import { selects } from '../../selector.ts'
import { type Controller, type ControllerContext, runController, tolerate } from '../controller.ts'
import { controlledBy, controllerOf, isControlledBy, namespacedKey } from '../owner.ts'
import { planRollout, rolloutLimits, type Scale } from './rollout.ts'
import { deploymentStatus } from './status.ts'
import { byAge, findNewSet, HASH_LABEL, templateHash } from './template.ts'

const REVISION = 'deployment.kubernetes.io/revision'
const SOURCE = 'deployment-controller'
/** Annotations that describe the Deployment itself, not its revisions. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', REVISION]

/** Starts the deployment controller. */
export async function startDeploymentController(
  context: ControllerContext,
  events: EventRecorder,
): Promise<Controller> {
  const client = context.client.as(SOURCE)
  const deployments = await context.informers.of<Deployment>(DEPLOYMENT)
  const sets = await context.informers.of<ReplicaSet>(REPLICA_SET)
  const pods = await context.informers.of<Pod>(POD)

  const sync = async (key: string): Promise<number | undefined> => {
    const deployment = deployments.cache.get(key)
    if (!deployment || deployment.metadata.deletionTimestamp !== undefined) return undefined
    const owned = await adopt(deployment)
    const known = findNewSet(deployment, owned)
    const pausedWithout = deployment.spec.paused && !known
    const newSet = known ?? (pausedWithout ? undefined : await createSet(deployment, owned))
    const all = newSet && !known ? [...owned, newSet] : owned
    const current = newSet ? await markRevision(deployment, newSet, owned) : deployment
    const oldSets = all.filter((set) => set !== newSet)
    const scales = planRollout({ deployment, newSet, oldSets, oldPods: podsOf(oldSets) })
    for (const scale of scales) await resize(deployment, scale)
    if (!deployment.spec.paused) await trimHistory(deployment, oldSets)
    const { status, deadlineMs } = deploymentStatus({
      deployment: current,
      newSet,
      sets: all,
      created: known === undefined && newSet !== undefined,
      now: context.now(),
    })
    if (!isDeepStrictEqual(status, current.status))
      await client.updateStatus({ ...current, status } as Deployment)
    return deadlineMs
  }

  /** The sets that this Deployment controls; orphans that its selector takes become its own. */
  const adopt = async (deployment: Deployment): Promise<ReplicaSet[]> => {
    const { namespace } = deployment.metadata
    const owned: ReplicaSet[] = []
    for (const set of sets.cache.values()) {
      if (set.metadata.namespace !== namespace || set.metadata.deletionTimestamp !== undefined) continue
      if (isControlledBy(set, deployment)) owned.push(set)
      else if (controllerOf(set) === undefined && selects(deployment.spec.selector, set.metadata.labels)) {
        const ownerReferences = [...(set.metadata.ownerReferences ?? []), controlledBy(deployment)]
        owned.push(
          await client.update<ReplicaSet>({ ...set, metadata: { ...set.metadata, ownerReferences } }),
        )
      }
    }
    return byAge(owned)
  }

  const createSet = async (deployment: Deployment, owned: readonly ReplicaSet[]): Promise<ReplicaSet> => {
    const collisions = deployment.status?.collisionCount ?? 0
    const hash = templateHash(deployment.spec.template, collisions)
    const { namespace, name } = deployment.metadata
    const selector = deployment.spec.selector
    const template = deployment.spec.template
    const set = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
        annotations: setAnnotations(deployment, nextRevision(owned)),
        ownerReferences: [controlledBy(deployment)],
      },
      spec: {
        replicas: firstSize(deployment, owned),
        ...(deployment.spec.minReadySeconds === undefined
          ? {}
          : { minReadySeconds: deployment.spec.minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
        template: {
          ...template,
          metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash } },
        },
      },
    } as ReplicaSet
    try {
      const created = await client.create<ReplicaSet>(set)
      const size = created.spec.replicas ?? 1
      if (size > 0) tellScaled(deployment, created, 0, size)
      return created
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error
      const present = await client.get<ReplicaSet>(REPLICA_SET, set.metadata.name, namespace)
      // Ours, and only the cache is behind.
      if (present && isControlledBy(present, deployment)) throw error
      // Somebody else's: another hash next time.
      await client.patch(
        DEPLOYMENT,
        name,
        namespace,
        { status: { collisionCount: collisions + 1 } },
        'status',
      )
      throw error
    }
  }

  /** A set that becomes the present one again (rollback) gets a new revision; the Deployment shows it. */
  const markRevision = async (
    deployment: Deployment,
    newSet: ReplicaSet,
    owned: readonly ReplicaSet[],
  ): Promise<Deployment> => {
    const others = owned.filter((set) => set.metadata.uid !== newSet.metadata.uid)
    const revision = Math.max(revisionOf(newSet), nextRevision(others))
    if (revision !== revisionOf(newSet)) {
      await client.patch(REPLICA_SET, newSet.metadata.name, newSet.metadata.namespace, {
        metadata: { annotations: { [REVISION]: String(revision) } },
      })
    }
    if (deployment.metadata.annotations?.[REVISION] === String(revision)) return deployment
    return client.patch<Deployment>(DEPLOYMENT, deployment.metadata.name, deployment.metadata.namespace, {
      metadata: { annotations: { [REVISION]: String(revision) } },
    })
  }

  const resize = async (deployment: Deployment, { set, replicas }: Scale): Promise<void> => {
    const before = set.spec.replicas ?? 1
    await client.patch(REPLICA_SET, set.metadata.name, set.metadata.namespace, {
      metadata: { annotations: sizeAnnotations(deployment) },
      spec: { replicas },
    })
    tellScaled(deployment, set, before, replicas)
  }

  const tellScaled = (deployment: Deployment, set: ReplicaSet, from: number, to: number): void =>
    events.record(SOURCE, deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`,
    })

  const trimHistory = async (deployment: Deployment, oldSets: readonly ReplicaSet[]): Promise<void> => {
    const idle = oldSets.filter((set) => (set.spec.replicas ?? 1) === 0 && (set.status?.replicas ?? 0) === 0)
    const excess = idle.length - (deployment.spec.revisionHistoryLimit ?? 10)
    const oldest = [...idle].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, excess))
    for (const set of oldest) {
      await tolerate('NotFound', client.delete(REPLICA_SET, set.metadata.name, set.metadata.namespace))
    }
  }

  const podsOf = (owners: readonly ReplicaSet[]): number =>
    [...pods.cache.values()].filter((pod) => owners.some((set) => isControlledBy(pod, set))).length

  return runController(SOURCE, context, {
    sync,
    watch: async (add) => {
      for (const key of deployments.cache.keys()) add(key)
      const addOwner = (set: ReplicaSet) => {
        const owner = controllerOf(set)
        if (owner?.kind === 'Deployment') add(namespacedKey(set.metadata.namespace, owner.name))
        else if (!owner) for (const key of deployments.cache.keys()) add(key)
      }
      return [
        deployments.on(({ object }) => add(keyOf(object.metadata))),
        sets.on(({ object }) => addOwner(object)),
        pods.on(({ type, object }) => {
          // Recreate waits for the last old pod to be gone.
          const owner = type === 'DELETED' ? controllerOf(object) : undefined
          const set = owner && sets.cache.get(namespacedKey(object.metadata.namespace, owner.name))
          if (set) addOwner(set)
        }),
      ]
    },
  })
}

/** A first rollout starts at full size; a later one as far as surge allows; Recreate waits for the old pods. */
function firstSize(deployment: Deployment, owned: readonly ReplicaSet[]): number {
  const wanted = deployment.spec.replicas ?? 1
  const present = owned.reduce((sum, set) => sum + (set.spec.replicas ?? 1), 0)
  if (present === 0) return deployment.spec.strategy?.type === 'Recreate' && owned.length > 0 ? 0 : wanted
  if (deployment.spec.strategy?.type === 'Recreate') return 0
  return Math.max(0, Math.min(wanted, wanted + rolloutLimits(deployment).maxSurge - present))
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0) || 0
}

function nextRevision(sets: readonly ReplicaSet[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1
}

function setAnnotations(deployment: Deployment, revision: number): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !NOT_COPIED.includes(key),
  )
  return { ...Object.fromEntries(copied), ...sizeAnnotations(deployment), [REVISION]: String(revision) }
}

function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = deployment.spec.replicas ?? 1
  return {
    'deployment.kubernetes.io/desired-replicas': String(wanted),
    'deployment.kubernetes.io/max-replicas': String(wanted + rolloutLimits(deployment).maxSurge),
  }
}
