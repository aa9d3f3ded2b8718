// Why a patch cannot be applied. Thrown deep inside a merge and caught by applyPatch, never beyond.

export class PatchError extends Error {
  override readonly name = 'PatchError'
  /** The patch itself is not well formed (400); otherwise it does not fit the object (422). */
  readonly malformed: boolean
  constructor(message: string, malformed = false) {
    super(message)
    this.malformed = malformed
  }
}
