// The apply patch (server-side apply): merges what a manager applies into the live object and records who owns which field.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'
import type { Outcome } from '../refusal.ts'

export interface ApplyRequest {
  readonly kind: KindDefinition
  /** The face of the request; `applied.apiVersion` is its own. */
  readonly face: ServedVersion
  /** In the storage version; absent when the apply creates. */
  readonly live?: KubeObject
  /** The decoded body, no defaults filled in. */
  readonly applied: KubeObject
  readonly manager: string
  readonly force: boolean
  /** RFC 3339, second precision. */
  readonly now: string
  readonly subresource?: string
}

/**
 * Gives the merged object in the request's face, managedFields included: still to be defaulted, converted to storage and validated, but not to
 * be given to trackUpdate. Refuses with 409 (conflicts, one cause each), 400 or 422.
 */
export function applyServerSide(_request: ApplyRequest): Outcome<KubeObject> {
  throw new Error('not yet built')
}
