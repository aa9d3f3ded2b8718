// What the API would say of an object before it stores it: values of the wrong type, fields that no schema has. The schemas are the API's own.
import { builtinKinds } from '../../apiserver/builtin-kinds.ts'
import { unknownFields } from '../../apiserver/codec/unknown-fields.ts'
import { istioCrds } from '../../apiserver/crd/istio-crds.ts'
import { kindFromCrd } from '../../apiserver/crd/kind-from-crd.ts'
import { prune } from '../../apiserver/crd/prune.ts'
import { schemaErrors } from '../../apiserver/crd/schema-validation.ts'
import type { KindDefinition, ServedVersion } from '../../apiserver/kind.ts'
import { fieldErrorBody } from '../../apiserver/validation/field-error.ts'
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'

interface Face {
  readonly version: ServedVersion
  readonly kind: KindDefinition
}

let faces: ReadonlyMap<string, Face> | undefined

/** `apiVersion kind` to the face, of all kinds that the API serves from the start. */
function allFaces(): ReadonlyMap<string, Face> {
  if (faces !== undefined) return faces
  const kinds = [...builtinKinds, ...istioCrds().map(kindFromCrd)]
  faces = new Map(
    kinds.flatMap((kind) =>
      kind.versions.map((version) => [
        `${apiVersionOf({ ...kind.ref, ...version })} ${kind.ref.kind}`,
        { version, kind },
      ]),
    ),
  )
  return faces
}

export interface Checked {
  /** In the storage version, without unknown fields. */
  readonly object: KubeObject
  /** Reasons to leave the object out. */
  readonly errors: readonly { readonly field: string; readonly message: string }[]
  readonly unknown: readonly string[]
}

/** Built-in kinds are only checked for types here: what else the API asks of them does not matter to routing. */
function errorsOf(object: KubeObject, { version, kind }: Face): Checked['errors'] {
  return schemaErrors(object, version.schema)
    .filter((error) => !kind.builtin || error.type === 'TypeInvalid')
    .map((error) => ({ field: error.field, message: fieldErrorBody(error) }))
}

/** The object as the API would store it, and what is wrong with it; objects of other kinds stay as they are. */
export function checkObject(object: KubeObject): Checked {
  const face = allFaces().get(`${object.apiVersion} ${object.kind}`)
  if (face === undefined) return { object, errors: [], unknown: [] }
  const { version, kind } = face
  const errors = errorsOf(object, face)
  const unknown = unknownFields({ ...object }, version.schema)
  if (errors.length > 0) return { object, errors, unknown }
  const known = unknown.length === 0 ? object : prune(object, version.schema)
  const stored = version.toStorage?.(known) ?? known
  return { object: { ...stored, apiVersion: apiVersionOf(kind.ref) }, errors, unknown }
}
