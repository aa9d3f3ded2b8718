// Keeps the registry equal to the CRDs in the store, and sees deleted CRDs through to their end.
import { CRD } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'
import type { ApiClient } from './client.ts'
import { crdStatus, isEstablished } from './crd/crd-status.ts'
import type { CustomResourceDefinition } from './crd/custom-resource-definition.ts'
import { kindFromCrd } from './crd/kind-from-crd.ts'
import { CRD_FINALIZER, isCrd } from './pipeline/crd-rules.ts'
import { type Core, timestamp } from './pipeline/request.ts'
import { sameJson } from './pipeline/same-json.ts'
import { collectionOf } from './registry.ts'

const CRDS = collectionOf(CRD)

/**
 * Serves every established CRD from now on: a kind is there before the write of its CRD is acknowledged. Objects of a deleted CRD are deleted first.
 * Returns what ends it.
 */
export function serveCustomKinds(core: Core, client: ApiClient): () => void {
  const cleanups = new Map<string, () => void>()
  const guarded = (name: string, work: () => void): void => {
    try {
      work()
    } catch (thrown) {
      core.report(
        `CustomResourceDefinition ${name}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      )
    }
  }
  const present = (object: CustomResourceDefinition, previous?: KubeObject): void => {
    const { name, deletionTimestamp } = object.metadata
    const before = previous && isCrd(previous) ? previous : undefined
    const isNew =
      !before ||
      !sameJson(before.spec, object.spec) ||
      !sameJson(before.status?.acceptedNames, object.status?.acceptedNames) ||
      isEstablished(before) !== isEstablished(object)
    if (isNew) core.registry.setCustom(name, isEstablished(object) ? kindFromCrd(object) : undefined)
    if (deletionTimestamp !== undefined && !cleanups.has(name)) {
      cleanups.set(name, cleanUp(core, client, object))
    }
  }

  for (const { object, key } of core.store.list(CRDS)) {
    if (isCrd(object)) guarded(key, () => present(object))
  }
  const stop = core.store.subscribe(CRDS, ({ key, object, previous }) => {
    guarded(key, () => {
      if (object && isCrd(object)) return present(object, previous)
      core.registry.setCustom(key, undefined)
      cleanups.get(key)?.()
      cleanups.delete(key)
      // Names that the deleted CRD held may now belong to one that waited for them.
      void resettle(core, client).catch((error: unknown) => core.report(`CRD names: ${String(error)}`))
    })
  })
  return () => {
    stop()
    for (const end of cleanups.values()) end()
  }
}

/** Deletes the objects of a terminating CRD and, when the last one is gone, lets the CRD go. */
function cleanUp(core: Core, client: ApiClient, crd: CustomResourceDefinition): () => void {
  const { name } = crd.metadata
  const collection = collectionOf({ group: crd.spec.group, plural: crd.spec.names.plural })
  let ended = false
  const step = async (): Promise<void> => {
    const ref = core.registry.all().find((kind) => collectionOf(kind.ref) === collection)?.ref
    for (const { object } of core.store.list(collection)) {
      if (!ref || object.metadata.deletionTimestamp !== undefined) continue
      const { namespace } = object.metadata
      await client.delete(ref, object.metadata.name, namespace).catch((error: { code?: number }) => {
        if (error.code !== 404) throw error
      })
    }
    if (ended || core.store.list(collection).length > 0) return
    const current = await client.get<CustomResourceDefinition>(CRD, name)
    const finalizers = (current?.metadata.finalizers ?? []).filter((one) => one !== CRD_FINALIZER)
    if (current) await client.patch(CRD, name, undefined, { metadata: { finalizers } })
  }
  // One step at a time: the deletion of the last object asks for another while the first is still on its way.
  let steps = Promise.resolve()
  const run = (): void => {
    steps = steps
      .then(() => (ended ? undefined : step()))
      .catch((error: unknown) => core.report(`deleting the objects of CRD ${name}: ${String(error)}`))
  }
  const stop = core.store.subscribe(collection, (change) => {
    if (!change.object && core.store.list(collection).length === 0) run()
  })
  run()
  return () => {
    ended = true
    stop()
  }
}

/** Gives every CRD the status that it should have now. */
async function resettle(core: Core, client: ApiClient): Promise<void> {
  const all = core.store.list(CRDS).flatMap(({ object }) => (isCrd(object) ? [object] : []))
  for (const crd of all) {
    const others = all.filter((other) => other !== crd)
    const status = crdStatus(crd, others, core.registry.builtins, timestamp(core.now()))
    if (status !== crd.status) await client.updateStatus({ ...crd, status } as KubeObject)
  }
}
