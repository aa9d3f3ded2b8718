// runtime.json: where a running cluster can be reached. There only while it runs; what a killed process left is recognised.
import { readFileSync, rmSync } from 'node:fs'
import { writeFileAtomic } from './write-file.ts'

export interface RuntimeFile {
  readonly pid: number
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

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
