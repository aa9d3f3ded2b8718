// What a client says of a response.
import type { ResourceType } from './resource-types.ts'

export interface Verdict {
  readonly type: ResourceType
  /** Of the resources in the response. */
  readonly names: readonly string[]
  /** Absent: all of it was taken. */
  readonly error?: string
  /** Which resources the error is about, as far as that is known yet; a name is empty when it never will be. */
  readonly refused: readonly string[]
}
