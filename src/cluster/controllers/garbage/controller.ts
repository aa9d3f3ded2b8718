// Garbage collection by ownerReferences: background, foreground and orphan (kubernetes-api.md 1.5).
import type { ApiClient } from '../../../apiserver/client.ts'
import {
  type KindRef,
  type KubeObject,
  type OwnerReference,
  parseApiVersion,
} from '../../../resources/object.ts'
import type { AllKinds } from '../all-kinds.ts'
import { type Controller, type ControllerContext, runController, tolerate } from '../controller.ts'
import { type Node, OwnerGraph } from './graph.ts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/** Starts the garbage collector. */
export async function startGarbageCollector(context: ControllerContext, all: AllKinds): Promise<Controller> {
  const client = context.client.as('generic-garbage-collector')
  const graph = new OwnerGraph()

  const sync = async (uid: string): Promise<undefined> => {
    const node = graph.get(uid)
    if (!node) return
    const { metadata } = node.object
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(ORPHAN)) await orphan(node)
      else if (metadata.finalizers?.includes(FOREGROUND)) await finishForeground(node)
      return
    }
    await collect(node)
  }

  /** Deletes an object whose owners are all gone; drops references to gone owners while one is left. */
  const collect = async (node: Node): Promise<void> => {
    const owners = node.object.metadata.ownerReferences ?? []
    if (owners.length === 0) return
    const states = await Promise.all(owners.map((owner) => ownerState(client, graph, node, owner)))
    if (states.includes('unknown')) return
    const kept = owners.filter((_, index) => states[index] === 'solid')
    if (kept.length === owners.length) return
    if (kept.length > 0) {
      await write(client, node, { ownerReferences: kept })
      return
    }
    const { name, namespace, uid } = node.object.metadata
    const dependents = graph.dependentsOf(uid ?? '')
    const foreground = states.includes('waiting') && dependents.length > 0
    if (foreground && dependents.some(isDeletingDependents)) {
      // A circle: somebody below waits for us as we would for him. We stop blocking our owners.
      const ownerReferences = owners.map((owner) => ({ ...owner, blockOwnerDeletion: false }))
      await write(client, node, { ownerReferences })
    }
    const propagationPolicy = foreground ? 'Foreground' : 'Background'
    await tolerate(
      'NotFound',
      client.delete(node.kind, name, namespace, { propagationPolicy, ...(uid === undefined ? {} : { uid }) }),
    )
  }

  /** Dependents lose their reference to the object, then the object may go. */
  const orphan = async (node: Node): Promise<void> => {
    const uid = node.object.metadata.uid ?? ''
    for (const dependent of graph.dependentsOf(uid)) {
      const ownerReferences =
        dependent.object.metadata.ownerReferences?.filter((one) => one.uid !== uid) ?? []
      await tolerate('NotFound', write(client, dependent, { ownerReferences }))
    }
    await withoutFinalizer(client, node, ORPHAN)
  }

  /** Dependents that block the owner's deletion go first. */
  const finishForeground = async (node: Node): Promise<void> => {
    const uid = node.object.metadata.uid ?? ''
    const dependents = graph.dependentsOf(uid)
    const blocking = dependents.filter((one) =>
      one.object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    )
    if (blocking.length === 0) {
      await withoutFinalizer(client, node, FOREGROUND)
      return
    }
    for (const dependent of dependents) {
      if (dependent.object.metadata.deletionTimestamp === undefined) await collect(dependent)
    }
  }

  return runController('generic-garbage-collector', context, {
    sync,
    watch: async (add) => {
      const take = (kind: KindRef, event: Parameters<Parameters<AllKinds['on']>[0]>[1]) => {
        for (const uid of graph.change(kind, event)) add(uid)
        // An owner that starts its deletion: its dependents are judged again.
        const { deletionTimestamp, uid } = event.object.metadata
        if (deletionTimestamp === undefined || uid === undefined) return
        for (const dependent of graph.dependentsOf(uid)) add(dependent.object.metadata.uid ?? '')
      }
      const stop = all.on(take)
      for (const { kind, informer } of all.views()) {
        for (const object of informer.cache.values()) take(kind, { type: 'ADDED', object })
      }
      return [stop]
    },
  })
}

/** `waiting`: the owner is being deleted in the foreground, so this reference no longer keeps the dependent. */
async function ownerState(
  client: ApiClient,
  graph: OwnerGraph,
  dependent: Node,
  owner: OwnerReference,
): Promise<'solid' | 'waiting' | 'gone' | 'unknown'> {
  const known = graph.get(owner.uid)?.object
  const object = known ?? (await lookUp(client, dependent.object, owner))
  if (object === 'unknown') return 'unknown'
  if (object?.metadata.uid !== owner.uid) return 'gone'
  return isDeletingDependents({ object }) ? 'waiting' : 'solid'
}

function isDeletingDependents({ object }: Pick<Node, 'object'>): boolean {
  const { deletionTimestamp, finalizers } = object.metadata
  return deletionTimestamp !== undefined && (finalizers?.includes(FOREGROUND) ?? false)
}

/** Asks the API itself: a watch may be behind, and nothing is deleted on hearsay. An owner lives in the dependent's namespace or in none. */
async function lookUp(
  client: ApiClient,
  dependent: KubeObject,
  owner: OwnerReference,
): Promise<KubeObject | undefined | 'unknown'> {
  const { group } = parseApiVersion(owner.apiVersion)
  const kind = client.kinds().find((one) => one.group === group && one.kind === owner.kind)
  if (!kind) return 'unknown'
  return client.get(kind, owner.name, kind.namespaced ? dependent.metadata.namespace : undefined)
}

async function withoutFinalizer(client: ApiClient, node: Node, finalizer: string): Promise<void> {
  const finalizers = node.object.metadata.finalizers?.filter((one) => one !== finalizer) ?? []
  await tolerate('NotFound', write(client, node, { finalizers }))
}

/** Writes metadata lists as a compare-and-swap: what others added meanwhile is not lost. */
async function write(client: ApiClient, node: Node, metadata: Record<string, unknown>): Promise<void> {
  const { name, namespace, resourceVersion, uid } = node.object.metadata
  await client.patch(node.kind, name, namespace, { metadata: { ...metadata, resourceVersion, uid } })
}
