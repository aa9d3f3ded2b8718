// The PATCH verb but for apply: a live object and a patch body give the patched object, still to be decoded, defaulted and validated.
import type { KubeObject } from '../../resources/object.ts'
import type { Outcome, Refusal } from '../refusal.ts'
import type { Schema } from '../schema.ts'
import { isMap } from './json.ts'
import { applyJsonPatch, MAX_OPERATIONS } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'
import { PatchError } from './patch-error.ts'
import { strategicMerge } from './strategic-merge.ts'

export const JSON_PATCH = 'application/json-patch+json'
export const MERGE_PATCH = 'application/merge-patch+json'
export const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json'
export type PatchType = typeof JSON_PATCH | typeof MERGE_PATCH | typeof STRATEGIC_MERGE_PATCH

/**
 * Applies a parsed patch body to an object as its face shows it. `schema` (of that face) drives strategic merges.
 * The result is unchecked JSON in the same face; the caller compares its metadata.resourceVersion (precondition), name and namespace.
 */
export function applyPatch(
  type: PatchType,
  live: KubeObject,
  patch: unknown,
  schema: Schema,
): Outcome<KubeObject> {
  const malformed = refuseBody(type, patch)
  if (malformed) return { refusal: malformed }
  try {
    const object = patched(type, live, patch, schema)
    if (!isMap(object) || !isMap(object.metadata)) {
      return { refusal: unprocessable('the patched document is not an object with metadata') }
    }
    return { object: object as unknown as KubeObject }
  } catch (error) {
    if (!(error instanceof PatchError)) throw error
    return { refusal: error.malformed ? badRequest(error.message) : unprocessable(error.message) }
  }
}

function patched(type: PatchType, live: KubeObject, patch: unknown, schema: Schema): unknown {
  if (type === JSON_PATCH) return applyJsonPatch(live, patch as readonly unknown[])
  if (type === MERGE_PATCH) return mergePatch(live, patch)
  return strategicMerge(live, patch as Readonly<Record<string, unknown>>, schema)
}

function refuseBody(type: PatchType, patch: unknown): Refusal | undefined {
  if (type !== JSON_PATCH) {
    return isMap(patch) ? undefined : badRequest('error decoding patch: the body must be a JSON object')
  }
  if (!Array.isArray(patch))
    return badRequest('error decoding patch: the body must be a JSON array of operations')
  if (patch.length <= MAX_OPERATIONS) return undefined
  return {
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
  }
}

const badRequest = (message: string): Refusal => ({ code: 400, reason: 'BadRequest', message })

/** Upstream stops after the first sentence; the rest tells what to change. */
const unprocessable = (detail: string): Refusal => ({
  code: 422,
  reason: 'Invalid',
  message: `the server rejected our request due to an error in our request: ${detail}`,
  causes: [{ reason: 'FieldValueInvalid', message: detail, field: 'patch' }],
})
