// Processes on one core each, with what they have used: the server's core and the load's.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'

const cores = availableParallelism()
/** The core of what is measured. */
export const SERVER_CORE = 0
/** The core of the load and of the program behind. */
export const LOAD_CORE = cores > 1 ? 1 : 0

export interface Child {
  readonly process: ChildProcess
  readonly output: () => string
}

/** Starts a program on a core. What it prints is kept for when it fails. */
export function start(
  core: number,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Child {
  let output = ''
  const process_ = spawn('taskset', ['-c', String(core), command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  for (const stream of [process_.stdout, process_.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8_000)
    })
  process_.on('error', (error) => {
    output += error.message
  })
  return { process: process_, output: () => output }
}

const running = ({ process: child }: Child): boolean => child.exitCode === null && child.signalCode === null

/** Ends them, by force after two seconds. */
export async function stop(children: readonly Child[]): Promise<void> {
  await Promise.all(
    children.filter(running).map(async (child) => {
      const ended = once(child.process, 'exit')
      child.process.kill('SIGTERM')
      const force = setTimeout(() => {
        for (const pid of tree(child.process.pid ?? 0)) process.kill(pid, 'SIGKILL')
      }, 2_000)
      await ended
      clearTimeout(force)
    }),
  )
}

/** Fulfils when a port answers; fails with what the programs said when one of them ends, or after twenty seconds. */
export async function whenOpen(port: number, children: readonly Child[]): Promise<void> {
  for (const until = performance.now() + 20_000; performance.now() < until; ) {
    const dead = children.find((child) => !running(child))
    if (dead !== undefined) throw new Error(`it ended: ${dead.output()}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`port ${port} did not open: ${children.map((child) => child.output()).join('\n')}`)
}

function tree(root: number): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      parents.set(Number(name), Number(afterName(Number(name))[1]))
    } catch {
      // It ended meanwhile.
    }
  const found = [root]
  for (let at = 0; at < found.length; at++)
    for (const [pid, parent] of parents) if (parent === found[at]) found.push(pid)
  return found
}

/** The fields of /proc/PID/stat from the third on (proc(5)); the second may hold spaces. */
function afterName(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

const pidsOf = (children: readonly Child[]): readonly number[] =>
  children.flatMap(({ process: child }) => (child.pid === undefined ? [] : tree(child.pid)))

/**
 * Processor time that they and their children have used, in microseconds: what the scheduler has measured of each thread. The clock ticks of
 * /proc/PID/stat are 10 ms long and miss who sleeps when they come.
 */
export function cpuMicroseconds(children: readonly Child[]): number {
  let nanoseconds = 0
  for (const pid of pidsOf(children))
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [ran = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      nanoseconds += Number(ran)
    }
  return nanoseconds / 1000
}

/** Resident memory of them and their children, in bytes; shared pages count once per process that maps them (proportional set size). */
export function residentBytes(children: readonly Child[]): number {
  let total = 0
  for (const pid of pidsOf(children)) {
    const pss = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    total += Number(pss?.[1] ?? 0) * 1024
  }
  return total
}
