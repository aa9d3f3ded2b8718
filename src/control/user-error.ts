// An error that the user can do something about: what happened, and what to do next. The command line prints both and exits 1.

export class UserError extends Error {
  override readonly name = 'UserError'
  readonly advice: string | undefined
  constructor(message: string, advice?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.advice = advice
  }
}

/** An error of the command's own words, like a path that is not there: the exit code is that of a command typed wrongly. */
export class UsageError extends UserError {}

/** What the system refuses for reasons that are its user's, and what to do about it. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on that disk, or choose another with --data.',
  EDQUOT: 'Free some of your quota on that disk, or choose another with --data.',
  EROFS: 'Choose a folder on a writable disk with --data.',
  EACCES: 'Give yourself access to it, or choose another folder with --data.',
  EPERM: 'Give yourself access to it, or choose another folder with --data.',
  EMFILE: 'Raise the limit of open files: ulimit -n 4096',
}

/** The error as one for the user: itself, or what the system said with advice; undefined when it is a bug. */
export function userErrorOf(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined
  const advice = SYSTEM[error.code]
  return advice === undefined ? undefined : new UserError(error.message, advice, error)
}
