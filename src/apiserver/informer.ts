// A live view of a kind for our own controllers: filled from the store, kept by its changes, no gap between the two.
import { type KindRef, type KubeObject, keyOf } from '../resources/object.ts'
import type { Informer, ListOptions, WatchEvent } from './client.ts'
import { show } from './pipeline/faces.ts'
import type { Core, Target } from './pipeline/request.ts'
import { watch } from './pipeline/watch.ts'

/**
 * The cache is complete when this resolves, and up to date whenever a write's promise has resolved; listeners hear of a change right after, in order.
 * Throws ApiError for bad selectors.
 */
export async function openInformer<T extends KubeObject>(
  core: Core,
  ref: KindRef,
  target: Target,
  options: ListOptions,
): Promise<Informer<T>> {
  const cache = new Map<string, T>()
  const listeners = new Set<(event: WatchEvent<T>) => void>()
  let live = false

  const deliver = (event: WatchEvent<T>): void => {
    for (const listener of [...listeners]) {
      try {
        listener(event)
      } catch (thrown) {
        core.report(
          `a listener on ${ref.plural} threw: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
        )
      }
    }
  }
  const { labelSelector, fieldSelector } = options
  const selectors = {
    ...(labelSelector ? { labelSelector } : {}),
    ...(fieldSelector ? { fieldSelector } : {}),
  }
  const handle = await watch(core, target, selectors, (event) => {
    if (event.type === 'BOOKMARK') return
    // A CRD may have changed since: what is shown follows the kind as it is now.
    const { kind, face } = core.registry.ofRef(ref) ?? target
    const object = show(kind, face, event.object) as T
    if (event.type === 'DELETED') cache.delete(keyOf(object.metadata))
    else cache.set(keyOf(object.metadata), object)
    // Not from inside the store's commit: a listener may take its time.
    if (live) queueMicrotask(() => deliver({ type: event.type, object }))
  })
  live = true

  return {
    cache,
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      handle.close()
      listeners.clear()
    },
  }
}
