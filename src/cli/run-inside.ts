// Runs a command in the surroundings of a running cluster.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter } from 'node:path'
import { adminJson } from '../admin/client.ts'
import type { RunEnvironment } from '../control/running.ts'
import type { RunningCluster } from './cluster-options.ts'

/** The variables of a command inside the cluster: those of this process with the cluster's over them. */
export async function insideVariables(cluster: RunningCluster): Promise<NodeJS.ProcessEnv> {
  const { variables, path } = await adminJson<RunEnvironment>(cluster.runtime.socket, 'GET', '/environment')
  return {
    ...process.env,
    ...variables,
    PATH: [...path, process.env['PATH'] ?? ''].join(delimiter),
  }
}

/** Resolves with the command's exit code: 127 when there is no such command, 128 + n when signal n ended it. */
export async function runInside(cluster: RunningCluster, words: readonly string[]): Promise<number> {
  const [program = '', ...args] = words
  const child = spawn(program, args, { stdio: 'inherit', env: await insideVariables(cluster) })
  // A terminal sends Ctrl-C to both; the command decides what it means.
  const ignore = (): void => undefined
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  process.on('SIGINT', ignore)
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      process.stderr.write(`${program}: ${error.code === 'ENOENT' ? 'command not found' : error.message}\n`)
      resolve(error.code === 'ENOENT' ? 127 : 126)
    })
    child.once('exit', (exit, signal) => resolve(exit ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
  process.off('SIGINT', ignore)
  process.off('SIGTERM', pass)
  process.off('SIGHUP', pass)
  if (code !== 0 && !existsSync('samples') && words.some((word) => /(^|\/)samples\//.test(word))) {
    process.stderr.write('There is no samples folder here. Get one: sallyport samples\n')
  }
  return code
}
