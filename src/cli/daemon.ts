// Starts `up` as a process of its own and waits until it is ready.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createFolder } from '../control/data/open.ts'
import type { ClusterPaths } from '../control/data/paths.ts'
import type { Summary } from '../control/running.ts'
import { UserError } from '../control/user-error.ts'
import { entryPoint } from './entry-point.ts'

/** What the process says over its channel: that it is ready, or why it will not be. */
export type DaemonMessage =
  | { readonly summary: Summary }
  | { readonly error: string; readonly advice?: string }

/** `args` are those of this `up`; the process gets them with --daemon. Throws UserError with its reason when it does not come up. */
export async function startDaemon(
  paths: ClusterPaths,
  args: readonly string[],
): Promise<{ readonly summary: Summary; readonly tookMs: number }> {
  const begun = performance.now()
  createFolder(paths)
  // Its own output is only what escapes every handler; the log proper is written by the process itself.
  const output = join(paths.logs, 'daemon.out')
  const file = openSync(output, 'w', 0o600)
  const child = spawn(process.execPath, [entryPoint, ...args, '--daemon'], {
    detached: true,
    stdio: ['ignore', file, file, 'ipc'],
  })
  closeSync(file)
  const message = await new Promise<DaemonMessage>((resolve) => {
    child.once('message', (received) => resolve(received as DaemonMessage))
    child.once('error', (error) => resolve({ error: error.message }))
    child.once('exit', (code, signal) =>
      resolve({
        error: `the process ended with ${signal ?? `code ${code}`}`,
        advice: `See ${output} and ${paths.log}.`,
      }),
    )
  })
  child.removeAllListeners()
  if ('error' in message) throw new UserError(message.error, message.advice)
  child.disconnect()
  child.unref()
  return { summary: message.summary, tookMs: performance.now() - begun }
}
