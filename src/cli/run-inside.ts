// Runs a command in the surroundings of a running cluster.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { adminJson } from '../admin/client.ts'
import { commandEnvironment, type RunEnvironment } from '../iks/command-environment.ts'
import { mountNamespace } from '../iks/mount-namespace.ts'
import type { RunningCluster } from './cluster-options.ts'

/** The variables of a command inside the cluster: those of this process with the cluster's over them. */
export async function insideVariables(cluster: RunningCluster): Promise<NodeJS.ProcessEnv> {
  return commandEnvironment(await environmentOf(cluster), process.env)
}

const environmentOf = (cluster: RunningCluster): Promise<RunEnvironment> =>
  adminJson<RunEnvironment>(cluster.runtime.socket, 'GET', '/environment')

/** Words before a command by which programs that know no proxy find the cluster's names; none where the machine does not have it. */
async function namesPrefix({ nameFiles }: RunEnvironment): Promise<readonly string[]> {
  if ('unavailable' in nameFiles) return []
  const { getuid, getgid } = process
  const found = await mountNamespace(nameFiles, { uid: getuid?.() ?? -1, gid: getgid?.() ?? -1 })
  return 'prefix' in found ? found.prefix : []
}

/** Resolves with the command's exit code: 127 when there is no such command, 128 + n when signal n ended it. */
export async function runInside(cluster: RunningCluster, words: readonly string[]): Promise<number> {
  const environment = await environmentOf(cluster)
  const env = commandEnvironment(environment, process.env)
  if (!isProgram(words[0] ?? '', env['PATH'] ?? '')) {
    process.stderr.write(`${words[0]}: command not found\n`)
    return 127
  }
  const [program = '', ...args] = [...(await namesPrefix(environment)), ...words]
  const child = spawn(program, args, { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to both; the command decides what it means.
  const ignore = (): void => undefined
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  process.on('SIGINT', ignore)
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`)
      resolve(126)
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

/** Looked up here because the words that may stand before the command would report it in their own way. */
function isProgram(word: string, path: string): boolean {
  if (word.includes('/')) return existsSync(word)
  return path.split(delimiter).some((folder) => existsSync(join(folder, word)))
}
