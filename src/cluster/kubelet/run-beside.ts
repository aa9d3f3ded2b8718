// A command beside a container: same variables, same folder. For exec probes and hooks.
import { launch } from './launch.ts'
import type { Surroundings } from './surroundings.ts'

const OUTPUT_HEAD = 1024

/** Exit code and the head of what it said; killed after `timeoutMs`. */
export async function runBeside(
  surroundings: Surroundings | undefined,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ readonly code: number; readonly output: string }> {
  if (!surroundings || surroundings.runnable.kind === 'engine') {
    return { code: 126, output: 'no process to run beside' }
  }
  const { env, cwd } = surroundings
  const launched = launch({ command, env, cwd, kind: 'foreign' })
  let output = ''
  const take = (chunk: Buffer) => {
    if (output.length < OUTPUT_HEAD) output += chunk.toString()
  }
  launched.child.stdout?.on('data', take)
  launched.child.stderr?.on('data', take)
  const timer = setTimeout(() => launched.kill('SIGKILL'), timeoutMs)
  const { code } = await launched.exited
  clearTimeout(timer)
  return { code, output }
}
