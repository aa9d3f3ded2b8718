// runtime.json: where a running cluster can be reached. There only while it runs; what a killed process left is recognised.
import { readFileSync, rmSync } from 'node:fs'
import { writeFileAtomic } from './write-file.ts'

export interface RuntimeFile {
  readonly pid: number
  /** `processMark` of the process. */
  readonly mark: string
  readonly version: string
  /** Path of the admin socket. */
  readonly socket: string
  /** RFC 3339. */
  readonly started: string
}

/** Undefined when there is none or it cannot be read. */
export function readRuntime(path: string): RuntimeFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RuntimeFile
  } catch {
    return undefined
  }
}

export function writeRuntime(path: string, runtime: RuntimeFile): void {
  writeFileAtomic(path, `${JSON.stringify(runtime, null, 2)}\n`)
}

export function removeRuntime(path: string): void {
  rmSync(path, { force: true })
}

/** The process that runs now under this id, told apart from another that gets the id later; undefined when there is none. */
export function processMark(pid: number): string | undefined {
  try {
    // proc(5): after the command in parentheses come the state and, as the 20th, the start time in ticks.
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' || state === 'X' ? undefined : rest[18]
  } catch {
    return process.platform !== 'linux' && answersSignals(pid) ? 'alive' : undefined
  }
}

/** Whether the process that wrote this runs. */
export function isAlive(runtime: Pick<RuntimeFile, 'pid' | 'mark'>): boolean {
  return processMark(runtime.pid) === runtime.mark
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
