// First step of a write: the bytes of a request body become an object of the face that the URL names. (Being built: signatures first.)
import type { KubeObject } from '../../resources/object.ts'
import type { Schema } from '../schema.ts'

/** What the body is to become. `group`/`version`/`kind` are those of the face in the URL. */
export interface DecodeTarget {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: Schema
  /** Built-in types are decoded as Go decodes them (unknown fields go, empty values of optional fields go); custom ones keep everything. */
  readonly builtin: boolean
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface Decoded {
  readonly object: KubeObject
  /** For Warning headers: one per unknown or duplicate field under `Warn`. */
  readonly warnings: readonly string[]
}

export interface BodyRequest {
  /** As sent; absent counts as JSON. Takes application/json, application/yaml and, for built-in targets, application/vnd.kubernetes.protobuf. */
  readonly contentType: string | undefined
  readonly body: Uint8Array
  readonly fieldValidation: FieldValidation
  readonly target: DecodeTarget
}

/**
 * Reads a request body. The only error it throws is ApiError: 400 BadRequest for what cannot be read, 413 above the limit, 415 for another media type.
 * An absent apiVersion or kind of a built-in is the target's; the caller compares apiVersion, namespace and name with the URL.
 */
export function decodeBody(_request: BodyRequest): Decoded {
  throw new Error('not yet built')
}

/**
 * The same checks for a value that is parsed already (a patched object): type errors are thrown, unknown fields are told or refused.
 * `duplicates` are paths that the parser of a patch body found twice.
 */
export function decodeValue(
  _value: unknown,
  _target: DecodeTarget,
  _fieldValidation: FieldValidation,
  _duplicates: readonly string[] = [],
): Decoded {
  throw new Error('not yet built')
}
