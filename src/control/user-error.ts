// An error that the user can do something about: what happened, and what to do next. The command line prints both and exits 1.

export class UserError extends Error {
  override readonly name = 'UserError'
  readonly advice: string | undefined
  constructor(message: string, advice?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.advice = advice
  }
}
