// One object under the versions that its managedFields name: each entry is a set of paths in its own version.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'
import { withoutEmptied } from './remove.ts'
import { type Shape, shapeOf } from './shape.ts'
import type { Json } from './value.ts'

/** The versions of a kind, as ownership needs them. */
export interface Versions {
  /** Undefined for a version that is not served any more: its entries are dropped. */
  readonly shape: (apiVersion: string) => Shape | undefined
  readonly convert: (object: Json, from: string, to: string) => Json
}

/** The storage object as a face shows it. */
export function toFace(face: ServedVersion, object: KubeObject): KubeObject {
  if (face.fromStorage) return face.fromStorage(object)
  const apiVersion = apiVersionOf(face)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}

/** A face's object in the storage version. */
export function toStorage(kind: KindDefinition, face: ServedVersion, object: KubeObject): KubeObject {
  if (face.toStorage) return face.toStorage(object)
  const apiVersion = apiVersionOf(kind.ref)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}

/** The versions of a kind. */
export function versionsOf(kind: KindDefinition): Versions {
  const face = (apiVersion: string) => kind.versions.find((one) => apiVersionOf(one) === apiVersion)
  return {
    shape: (apiVersion) => {
      const found = face(apiVersion)
      return found && shapeOf(found.schema, kind.builtin)
    },
    convert: (object, from, to) => {
      if (from === to) return object
      const [source, target] = [face(from), face(to)]
      if (!source || !target) return object
      return toFace(target, toStorage(kind, source, withoutEmptied(object) as KubeObject))
    },
  }
}
