// Owner references: who made an object, and who answers for it.
import type { KubeObject, OwnerReference } from '../../resources/object.ts'

/** The reference that makes `owner` the controller of an object. */
export function controlledBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The owner that controls the object, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((one) => one.controller)
}

/** Whether `owner` controls `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return owner.metadata.uid !== undefined && controllerOf(object)?.uid === owner.metadata.uid
}

/** `namespace/name` of a namespaced object. */
export function namespacedKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

/** Namespace and name of a key; the namespace is '' for a cluster-scoped object. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/')
  return slash < 0
    ? { namespace: '', name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
