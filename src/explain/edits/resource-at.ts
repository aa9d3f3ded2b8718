// From the origin of a part of the model back to the object that made it.
import type { Origin } from '../../diagnostics/origin.ts'
import { type KubeObject, keyOf, parseApiVersion } from '../../resources/object.ts'
import { kindKey, type Resource, type Snapshot } from '../../resources/snapshot.ts'

/** The resource that an origin names, if it still exists. */
export function resourceAt<T extends KubeObject = KubeObject>(
  snapshot: Snapshot,
  { object }: Origin,
): Resource<T> | undefined {
  if (object === undefined) return undefined
  const key = kindKey({ group: parseApiVersion(object.apiVersion).group, kind: object.kind })
  return snapshot.objects.get(key)?.get(keyOf(object)) as Resource<T> | undefined
}
