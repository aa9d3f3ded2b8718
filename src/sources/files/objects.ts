// Resources in the form of a snapshot.
import { type KubeObject, keyOf, parseApiVersion } from '../../resources/object.ts'
import { kindKey, type Resource, type Snapshot } from '../../resources/snapshot.ts'

/** By kind, then by `namespace/name`; of two with the same key the later counts. */
export function objectsOf(resources: readonly Resource[]): Snapshot['objects'] {
  const objects = new Map<string, Map<string, Resource>>()
  for (const resource of resources) {
    const { apiVersion, kind, metadata }: KubeObject = resource.object
    const key = kindKey({ group: parseApiVersion(apiVersion).group, kind })
    const all = objects.get(key)
    if (all === undefined) objects.set(key, new Map([[keyOf(metadata), resource]]))
    else all.set(keyOf(metadata), resource)
  }
  return objects
}
