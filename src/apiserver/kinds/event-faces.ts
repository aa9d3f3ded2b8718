// Events as events.k8s.io/v1 shows them: the same object, with newer names for its fields.
import type { KubeObject } from '../../resources/object.ts'

/** Newer name to the name in core/v1, which is stored. */
const NAMES: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
}
const BACK = Object.fromEntries(Object.entries(NAMES).map(([newer, core]) => [core, newer]))

/** events.k8s.io/v1 to core/v1. */
export const eventToStorage = (object: KubeObject): KubeObject => renamed(object, NAMES, 'v1')

/** core/v1 to events.k8s.io/v1. */
export const eventFromStorage = (object: KubeObject): KubeObject => renamed(object, BACK, 'events.k8s.io/v1')

function renamed(
  object: KubeObject,
  names: Readonly<Record<string, string>>,
  apiVersion: string,
): KubeObject {
  const fields = Object.entries(object).map(([name, value]) => [names[name] ?? name, value])
  return { ...Object.fromEntries(fields), apiVersion } as KubeObject
}
