// Follows every kind of the embedded API and keeps the objects in the shape of a snapshot. An object that does not change stays the same Resource.
import type { ApiClient, Informer } from '../../apiserver/client.ts'
import { type KindRef, type KubeObject, keyOf } from '../../resources/object.ts'
import { kindKey, type Resource, type Snapshot } from '../../resources/snapshot.ts'
import { embeddedResource } from './resource.ts'

export interface EmbeddedObjects {
  /** Everything as of now. Kinds in which nothing changed keep their map from one call to the next. */
  objects(): Snapshot['objects']
  close(): void
}

/** Kinds that say what happened instead of what is wanted: no model depends on them, and they change all the time. */
const LEFT_OUT = new Set(['Event', 'Event.events.k8s.io', 'Lease.coordination.k8s.io'])

interface Followed {
  readonly informer: Informer
  readonly live: Map<string, Resource>
  /** The copy handed out; undefined after a change. */
  frozen: ReadonlyMap<string, Resource> | undefined
}

/** Resolves when everything that exists is held. `onChange` is called after each change, kinds that appear or go included. */
export async function watchObjects(
  api: ApiClient,
  onChange: (object: KubeObject | undefined) => void,
): Promise<EmbeddedObjects> {
  const followed = new Map<string, Followed>()
  const opening = new Map<string, Promise<void>>()
  let closed = false

  const follow = async (kind: KindRef): Promise<void> => {
    const informer = await api.informer(kind)
    const key = kindKey(kind)
    if (closed || !opening.has(key)) {
      informer.close()
      return
    }
    const live = new Map([...informer.cache].map(([name, object]) => [name, embeddedResource(object)]))
    const entry: Followed = { informer, live, frozen: undefined }
    followed.set(key, entry)
    informer.on((event) => {
      const name = keyOf(event.object.metadata)
      if (event.type === 'DELETED') live.delete(name)
      else live.set(name, embeddedResource(event.object))
      entry.frozen = undefined
      onChange(event.object)
    })
  }

  const followAll = async (): Promise<void> => {
    const kinds = new Map(api.kinds().map((kind) => [kindKey(kind), kind]))
    for (const key of LEFT_OUT) kinds.delete(key)
    for (const key of [...opening.keys()]) {
      if (kinds.has(key)) continue
      opening.delete(key)
      followed.get(key)?.informer.close()
      followed.delete(key)
    }
    for (const [key, kind] of kinds) {
      if (opening.has(key)) continue
      const opened = follow(kind)
      opening.set(key, opened)
      // A kind that goes away meanwhile is tried again when the kinds change next.
      opened.catch(() => opening.delete(key))
    }
    await Promise.allSettled(opening.values())
  }

  const unsubscribe = api.onKinds(() => void followAll().then(() => onChange(undefined)))
  await followAll()

  return {
    objects() {
      const all = new Map<string, ReadonlyMap<string, Resource>>()
      for (const [key, entry] of followed) {
        entry.frozen ??= new Map(entry.live)
        all.set(key, entry.frozen)
      }
      return all
    },
    close() {
      closed = true
      unsubscribe()
      for (const { informer } of followed.values()) informer.close()
    },
  }
}
