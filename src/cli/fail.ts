// How a command ends that could not do its work: what happened and what to do next on stderr, exit code 1.
import pc from 'picocolors'
import { UserError } from '../control/user-error.ts'

const colors = pc.createColors(Boolean(process.stderr.isTTY) && !process.env['NO_COLOR'])

/** Prints the error and sets the exit code. A UserError speaks for itself; anything else is a bug and shows its stack. */
export function fail(error: unknown): void {
  process.exitCode = 1
  if (error instanceof UserError) {
    process.stderr.write(`${colors.red('error:')} ${error.message}\n`)
    if (error.advice !== undefined) process.stderr.write(`${error.advice}\n`)
    return
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${colors.red('error:')} sallyport has failed, which is a bug.\n${text}\n`)
}
