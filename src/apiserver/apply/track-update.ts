// Field ownership of every write that is not an apply: create, update and the other patches.
import type { KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'

export interface UpdateToTrack {
  readonly kind: KindDefinition
  /** The face of the request: the entry is written in its version. */
  readonly face: ServedVersion
  /** In the storage version; absent on create. */
  readonly live?: KubeObject
  /** In the storage version, defaulted. Its managedFields are what the client sent (`[{}]` clears). */
  readonly object: KubeObject
  readonly manager: string
  readonly now: string
  readonly subresource?: string
}

/** The object with the managedFields that this write leaves. Call after defaulting and before admission. Never fails. */
export function trackUpdate(_update: UpdateToTrack): KubeObject {
  throw new Error('not yet built')
}

/**
 * Restores the old timestamps in managedFields when nothing else differs, so that a write that changes nothing is seen as one.
 * Call last, before comparing with the stored object.
 */
export function keepTimestampsOfNoop(object: KubeObject, _live: KubeObject): KubeObject {
  return object
}
