// What a Go decoder would report: thrown inside the codec only, and turned into a 400 at its door.

/** A value that does not fit its type; the message is Go's. */
export class GoError extends Error {
  override readonly name = 'GoError'
}
