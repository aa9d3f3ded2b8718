// Events (core/v1): what controllers and the kubelet say about objects, counted up instead of repeated.
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { EVENT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** `spec.containers{httpbin}` */
  readonly fieldPath?: string
}

/** Records events in the background: never fails, never delays its caller. */
export interface EventRecorder {
  record(source: string, object: KubeObject, event: EventText): void
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>
}

/** Events of this time are written together: one disk write for all, and none between the writes that somebody waits for. */
const GATHER_MS = 50
/** Events that are remembered to be counted up. */
const REMEMBERED = 4096

interface Pending {
  readonly source: string
  readonly object: KubeObject
  readonly event: EventText
  readonly time: number
  readonly sequence: number
  times: number
}

interface Written {
  readonly name: string
  readonly namespace: string
  count: number
}

/** An event that says the same about the same object is the same object, counted up (`describe` prints `x5 over 3m`). */
export function eventRecorder(client: ApiClient, nodeName: string, now: () => number): EventRecorder {
  const pending = new Map<string, Pending>()
  const known = new Map<string, Written>()
  let sequence = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const writeOne = async (key: string, one: Pending): Promise<void> => {
    const stamp = `${new Date(one.time).toISOString().slice(0, 19)}Z`
    const before = known.get(key)
    if (before) {
      before.count += one.times
      const { name, namespace, count } = before
      try {
        await client.patch(EVENT, name, namespace, { count, lastTimestamp: stamp })
        return
      } catch (error) {
        // Events go away after an hour: it begins anew.
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error
        known.delete(key)
      }
    }
    const object = eventObject(one, nodeName, stamp)
    await client.create(object)
    const { name, namespace = 'default' } = object.metadata
    known.set(key, { name, namespace, count: one.times })
    const [oldest] = known.keys()
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
  }
  const write = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = [...pending]
    pending.clear()
    // An event about an object whose namespace is gone has nowhere to be written.
    writing = writing.then(async () => {
      await Promise.allSettled(batch.map(([key, one]) => writeOne(key, one)))
    })
    return writing
  }

  return {
    record: (source, object, event) => {
      const { type, reason, message, fieldPath } = event
      const key = JSON.stringify([object.metadata.uid, source, type, reason, message, fieldPath])
      const same = pending.get(key)
      if (same) same.times++
      else pending.set(key, { source, object, event, time: now(), sequence: sequence++, times: 1 })
      timer ??= setTimeout(write, GATHER_MS)
    },
    flush: write,
  }
}

function eventObject(
  { source, object, event, time, sequence, times }: Pending,
  nodeName: string,
  stamp: string,
) {
  const { name, namespace, uid, resourceVersion } = object.metadata
  const byKubelet = source === 'kubelet'
  // As in Kubernetes the name ends in the time in nanoseconds: events of one second stay in order.
  const nanoseconds = BigInt(time) * 1_000_000n + BigInt(sequence % 1_000_000)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${nanoseconds.toString(16)}`, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: source, ...(byKubelet ? { host: nodeName } : {}) },
    reportingComponent: source,
    reportingInstance: byKubelet ? nodeName : '',
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    eventTime: null,
    count: times,
  }
}
