// Events (core/v1) on the objects of users; the same words about the same object are one event, counted up.
import { createHash } from 'node:crypto'
import { type ApiClient, ApiError } from '../apiserver/client.ts'
import { EVENT } from '../resources/kinds.ts'
import type { KubeObject } from '../resources/object.ts'

const COMPONENT = 'ibm-ingress-certificates'

interface EventObject extends KubeObject {
  readonly count?: number
}

/** Records an event on an object in a namespace. What the API refuses is dropped: an event is not worth a pass. */
export async function recordEvent(
  { api, now }: { readonly api: ApiClient; readonly now: () => number },
  object: KubeObject,
  event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
): Promise<void> {
  const { name, namespace = 'default', uid, resourceVersion } = object.metadata
  const words = JSON.stringify([object.kind, name, uid, event.reason, event.message])
  const time = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const eventName = `${name}.${createHash('sha256').update(words).digest('hex').slice(0, 16)}`
  try {
    const known = await api.get<EventObject>(EVENT, eventName, namespace)
    if (known !== undefined) {
      await api.patch(EVENT, eventName, namespace, { count: (known.count ?? 1) + 1, lastTimestamp: time })
      return
    }
    await api.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        namespace,
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      ...event,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: '',
      firstTimestamp: time,
      lastTimestamp: time,
      eventTime: null,
      count: 1,
    } as KubeObject)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
}
