// The PATCH verb but for apply: a live object and a patch body give the patched object, still to be decoded, defaulted and validated.
import type { KubeObject } from '../../resources/object.ts'
import type { Outcome } from '../refusal.ts'
import type { Schema } from '../schema.ts'

export const JSON_PATCH = 'application/json-patch+json'
export const MERGE_PATCH = 'application/merge-patch+json'
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json'
export type PatchType = typeof JSON_PATCH | typeof MERGE_PATCH | typeof STRATEGIC_MERGE_PATCH

/**
 * Applies a parsed patch body to an object as its face shows it. `schema` (of that face) drives strategic merges.
 * The result is unchecked JSON in the same face; the caller compares its metadata.resourceVersion (precondition), name and namespace.
 */
export function applyPatch(
  _type: PatchType,
  _live: KubeObject,
  _patch: unknown,
  _schema: Schema,
): Outcome<KubeObject> {
  throw new Error('not yet built')
}
