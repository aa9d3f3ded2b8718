// Events (core/v1): what controllers and the kubelet say about objects, counted up instead of repeated.
import { createHash } from 'node:crypto'
import type { ApiClient } from '../apiserver/client.ts'
import { EVENT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** `spec.containers{httpbin}` */
  readonly fieldPath?: string
}

interface EventObject extends KubeObject {
  readonly count?: number
}

/** Records events in the background: never fails, never delays its caller. */
export interface EventRecorder {
  record(source: string, object: KubeObject, event: EventText): void
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>
}

/** An event that says the same about the same object is the same object, counted up (`describe` prints `x5 over 3m`). */
export function eventRecorder(client: ApiClient, nodeName: string, now: () => number): EventRecorder {
  let tail: Promise<void> = Promise.resolve()
  return {
    record: (source, object, event) => {
      tail = tail.then(() => write(client, nodeName, now(), source, object, event)).catch(() => undefined)
    },
    flush: () => tail,
  }
}

async function write(
  client: ApiClient,
  nodeName: string,
  time: number,
  source: string,
  object: KubeObject,
  event: EventText,
): Promise<void> {
  const namespace = object.metadata.namespace ?? 'default'
  const stamp = `${new Date(time).toISOString().slice(0, 19)}Z`
  const name = `${object.metadata.name}.${digest([object.metadata.uid ?? '', source, event.type, event.reason, event.message, event.fieldPath ?? ''])}`
  const known = await client.get<EventObject>(EVENT, name, namespace)
  if (known) {
    await client.patch(EVENT, name, namespace, { count: (known.count ?? 1) + 1, lastTimestamp: stamp })
    return
  }
  await client.create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
      ...(object.metadata.resourceVersion === undefined
        ? {}
        : { resourceVersion: object.metadata.resourceVersion }),
      ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
    },
    type: event.type,
    reason: event.reason,
    message: event.message,
    source: { component: source, ...(source === 'kubelet' ? { host: nodeName } : {}) },
    reportingComponent: source,
    reportingInstance: source === 'kubelet' ? nodeName : '',
    firstTimestamp: stamp,
    lastTimestamp: stamp,
    eventTime: null,
    count: 1,
  } as KubeObject)
}

/** 16 hex digits, as Kubernetes' event names have. */
function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}
