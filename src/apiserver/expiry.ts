// Takes away objects of kinds that do not last (Events) once nobody has touched them for their time.
import type { Core } from './pipeline/request.ts'
import { collectionOf } from './registry.ts'

const SWEEP_EVERY_MS = 30_000

/** Sweeps now and then until the returned function is called. */
export function expireObjects(core: Core): () => void {
  const timer = setInterval(() => {
    sweep(core).catch((error: unknown) => core.report(`removing expired objects: ${String(error)}`))
  }, SWEEP_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Removes what is over its time at `core.now()`. */
export async function sweep(core: Core): Promise<void> {
  for (const kind of core.registry.all()) {
    if (kind.ttlSeconds === undefined) continue
    const collection = collectionOf(kind.ref)
    const oldest = core.now() - kind.ttlSeconds * 1000
    const over = core.store.list(collection).filter(({ written }) => written < oldest)
    if (over.length === 0) continue
    await core.store.transact((transaction) => {
      for (const { key, revision } of over) {
        if (transaction.get(collection, key)?.revision === revision) transaction.delete(collection, key)
      }
    })
  }
}
