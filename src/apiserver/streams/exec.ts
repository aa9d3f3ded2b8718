// pods/exec: a process between the streams of a client, whatever carries them; its end is a Status on the error stream.
import type { Readable, Writable } from 'node:stream'
import type { ExecProcess } from '../pod-streams.ts'

/** The client's ends. What it did not ask for is absent. */
export interface ExecStreams {
  readonly stdin?: Readable
  readonly stdout?: Writable
  readonly stderr?: Writable
  readonly error: Writable
}

/** Resolves when the process has ended and all it said has been handed over, its Status included. */
export async function carryExec(process: ExecProcess, streams: ExecStreams): Promise<void> {
  const { stdin, stdout, stderr, error } = streams
  if (stdin) stdin.pipe(process.stdin)
  else process.stdin.end()
  const [code] = await Promise.all([
    process.exited,
    carry(process.stdout, stdout),
    // With a terminal there is one output only.
    carry(process.stderr, stderr ?? stdout),
  ])
  for (const stream of new Set([stdout, stderr])) stream?.end()
  await new Promise<void>((resolve) => {
    error.once('close', resolve)
    error.end(JSON.stringify(exitStatus(code)), () => resolve())
  })
}

/** Resolves at the end of `from`. Both outputs may go to one stream, so that is not ended here. */
function carry(from: NodeJS.ReadableStream, to: Writable | undefined): Promise<void> {
  return new Promise((resolve) => {
    from.once('end', resolve)
    from.once('close', resolve)
    from.once('error', resolve)
    if (to) from.pipe(to, { end: false })
    else from.resume()
  })
}

/** The Status that clients take the exit code from. */
export function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}
