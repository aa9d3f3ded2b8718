// How a command ends that could not do its work: what happened and what to do next on stderr, exit code 1 (2: it was typed wrongly).
import pc from 'picocolors'
import { UsageError, userErrorOf } from '../control/user-error.ts'

const colors = pc.createColors(Boolean(process.stderr.isTTY) && !process.env['NO_COLOR'])

/** The exit code of a command that was typed wrongly. */
export const USAGE_ERROR = 2

/** Prints the error and sets the exit code. A UserError speaks for itself; anything else is a bug and shows its stack. */
export function fail(error: unknown): void {
  process.exitCode = error instanceof UsageError ? USAGE_ERROR : 1
  const known = userErrorOf(error)
  if (known) {
    process.stderr.write(`${colors.red('error:')} ${known.message}\n`)
    if (known.advice !== undefined) process.stderr.write(`${known.advice}\n`)
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${colors.red('error:')} sallyport has failed, which is a bug.\n${text}\n`)
}
