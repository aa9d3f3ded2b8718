// Namespace deletion: everything in it goes, what is left is reported in conditions, then the namespace itself is finalized.
import { isDeepStrictEqual } from 'node:util'
import { EVENT, NAMESPACE, POD } from '../../../resources/kinds.ts'
import type { KindRef, KubeObject } from '../../../resources/object.ts'
import { kindKey } from '../../../resources/snapshot.ts'
import type { Namespace } from '../../objects/namespace.ts'
import type { AllKinds } from '../all-kinds.ts'
import { type Controller, type ControllerContext, runController, tolerate } from '../controller.ts'
import { namespaceConditions, type Remaining } from './conditions.ts'

/** Looks again at least this often while a namespace waits for its content; changes of the content come sooner. */
const RECHECK_MS = 5000

/** Starts the namespace controller. */
export async function startNamespaceController(
  context: ControllerContext,
  all: AllKinds,
): Promise<Controller> {
  const client = context.client.as('namespace-controller')
  const namespaces = await context.informers.of<Namespace>(NAMESPACE)

  const sync = async (name: string): Promise<number | undefined> => {
    const namespace = namespaces.cache.get(name)
    if (namespace?.metadata.deletionTimestamp === undefined) return undefined
    const kinds = client.kinds().filter((kind) => kind.namespaced)
    // Pods go with the rest: their kubelet ends them gracefully while their ConfigMaps and Secrets are still mounted as files.
    const lists = await Promise.all(kinds.map((kind) => empty(kind, name)))
    const remaining = lists.filter((one): one is Remaining => one !== undefined)
    if (remaining.length > 0) {
      await report(namespace, remaining)
      return RECHECK_MS
    }
    const finalizers = namespace.spec?.finalizers ?? []
    if (finalizers.includes('kubernetes')) {
      const rest = finalizers.filter((one) => one !== 'kubernetes')
      await tolerate(
        'NotFound',
        client.patch(NAMESPACE, name, undefined, { spec: { finalizers: rest } }, 'finalize'),
      )
    }
    return undefined
  }

  /** Deletes all objects of a kind there; returns what is still there afterwards. */
  const empty = async (kind: KindRef, namespace: string): Promise<Remaining | undefined> => {
    const before = (await client.list(kind, { namespace })).items
    for (const object of before) {
      if (object.metadata.deletionTimestamp !== undefined) continue
      await tolerate(
        'NotFound',
        client.delete(kind, object.metadata.name, namespace, { propagationPolicy: 'Background' }),
      )
    }
    if (before.length === 0) return undefined
    const left = (await client.list(kind, { namespace })).items
    return left.length === 0 ? undefined : { kind, objects: left }
  }

  const report = async (namespace: Namespace, remaining: readonly Remaining[]): Promise<void> => {
    const conditions = namespaceConditions(namespace.status?.conditions ?? [], remaining, context.now())
    if (isDeepStrictEqual(conditions, namespace.status?.conditions)) return
    const name = namespace.metadata.name
    await tolerate('NotFound', client.patch(NAMESPACE, name, undefined, { status: { conditions } }, 'status'))
  }

  return runController('namespace-controller', context, {
    sync,
    watch: async (add) => {
      for (const name of namespaces.cache.keys()) add(name)
      const again = (kind: KindRef, object: KubeObject) => {
        const namespace = object.metadata.namespace
        if (namespace === undefined || kindKey(kind) === kindKey(EVENT)) return
        if (namespaces.cache.get(namespace)?.metadata.deletionTimestamp !== undefined) add(namespace)
      }
      return [
        namespaces.on(({ object }) => add(object.metadata.name)),
        all.on((kind, { type, object }) => {
          // Something that slipped in, or the last thing that went.
          if (type === 'ADDED' || type === 'DELETED' || kindKey(kind) === kindKey(POD)) again(kind, object)
        }),
      ]
    },
  })
}
