// Between the stored form of an object and the version in which a client sees it. Results are remembered by object, so that a watch costs one conversion however many watch.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'

const seen = new WeakMap<ServedVersion, WeakMap<KubeObject, KubeObject>>()

/** The stored object as a face shows it. Custom objects get defaults that their CRD gained since they were stored. */
export function show(kind: KindDefinition, face: ServedVersion, stored: KubeObject): KubeObject {
  const plain = kind.builtin && !face.fromStorage && stored.apiVersion === apiVersionOf(face)
  if (plain) return stored
  let cache = seen.get(face)
  if (!cache) {
    cache = new WeakMap()
    seen.set(face, cache)
  }
  let shown = cache.get(stored)
  if (!shown) {
    const current = kind.builtin || !kind.default ? stored : kind.default(stored)
    const converted = face.fromStorage ? face.fromStorage(current) : current
    const apiVersion = apiVersionOf(face)
    shown = converted.apiVersion === apiVersion ? converted : { ...converted, apiVersion }
    cache.set(stored, shown)
  }
  return shown
}

/** What a client sent in a face, in the form in which the kind is stored; defaults not yet filled in. */
export function toStored(kind: KindDefinition, face: ServedVersion, object: KubeObject): KubeObject {
  const converted = face.toStorage ? face.toStorage(object) : object
  const apiVersion = apiVersionOf(kind.ref)
  return converted.apiVersion === apiVersion ? converted : { ...converted, apiVersion }
}
