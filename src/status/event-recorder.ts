// Records what happened to an object as core/v1 Events: each text once, counted up when it comes back after an absence.
import type { ApiClient } from '../apiserver/client.ts'
import { ApiError } from '../apiserver/client.ts'
import { EVENT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'

/** An event as compile returns it. */
export interface WantedEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly source: string
}

interface StoredEvent extends KubeObject {
  readonly involvedObject: { readonly uid?: string }
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly source?: { readonly component?: string }
  readonly count?: number
}

export interface EventRecorder {
  /** The events that are true of this object now; sends what was not true at the last call. */
  record(object: KubeObject, events: readonly WantedEvent[]): Promise<void>
  /** Nothing is true of the object any more: what becomes true again is counted up. */
  lapse(uid: string): void
  /** Forgets an object that is gone. */
  forget(uid: string): void
}

const keyOfEvent = (event: WantedEvent): string =>
  `${event.source}\n${event.type}\n${event.reason}\n${event.message}`

/** Starts from the events that the API holds already, so that a restart repeats nothing. `random` names new events. */
export async function createEventRecorder(
  api: ApiClient,
  clock: () => Date,
  random: () => string,
): Promise<EventRecorder> {
  /** By uid of the object, then by text: the name of the Event. */
  const known = new Map<string, Map<string, StoredEvent>>()
  /** By uid: the texts that were true at the last call. */
  const current = new Map<string, ReadonlySet<string>>()

  for (const event of (await api.list<StoredEvent>(EVENT)).items) {
    const uid = event.involvedObject.uid
    const component = event.source?.component
    if (uid === undefined || component === undefined) continue
    const { type, reason = '', message = '' } = event
    const key = keyOfEvent({
      type: type === 'Warning' ? 'Warning' : 'Normal',
      reason,
      message,
      source: component,
    })
    mapIn(known, uid).set(key, event)
  }

  const send = async (object: KubeObject, uid: string, wanted: WantedEvent): Promise<void> => {
    const texts = mapIn(known, uid)
    const old = texts.get(keyOfEvent(wanted))
    const now = clock()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
    if (old) {
      try {
        const { name, namespace } = old.metadata
        const patch = { count: (old.count ?? 1) + 1, lastTimestamp: now }
        texts.set(keyOfEvent(wanted), await api.patch<StoredEvent>(EVENT, name, namespace, patch))
        return
      } catch (error) {
        // Events expire after an hour: then it is told anew.
        if (!(error instanceof ApiError && error.code === 404)) throw error
      }
    }
    const { namespace = 'default', name, resourceVersion } = object.metadata
    texts.set(
      keyOfEvent(wanted),
      await api.create<StoredEvent>({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.${random()}`, namespace },
        involvedObject: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          uid,
          ...(object.metadata.namespace === undefined ? {} : { namespace }),
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
        type: wanted.type,
        reason: wanted.reason,
        message: wanted.message,
        source: { component: wanted.source },
        reportingComponent: wanted.source,
        reportingInstance: '',
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      } as KubeObject),
    )
  }

  return {
    async record(object, events) {
      const uid = object.metadata.uid
      if (uid === undefined) return
      // What the API held at start is what the process before this one found true.
      const before = current.get(uid) ?? new Set(known.get(uid)?.keys() ?? [])
      for (const event of events) if (!before.has(keyOfEvent(event))) await send(object, uid, event)
      current.set(uid, new Set(events.map(keyOfEvent)))
    },
    lapse(uid) {
      current.set(uid, new Set())
    },
    forget(uid) {
      known.delete(uid)
      current.delete(uid)
    },
  }
}

function mapIn<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = maps.get(key)
  if (found) return found
  const fresh = new Map<string, V>()
  maps.set(key, fresh)
  return fresh
}
