// An object of the embedded API as compile sees it. Such an object was written through the API, so its origin is the object and the field.
import { type KubeObject, refOf } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'

export function embeddedResource(object: KubeObject): Resource {
  const ref = refOf(object)
  return { object, origin: (field) => (field === '' ? { object: ref } : { object: ref, field }) }
}
