// Starts sallyport as a user does, for whole-process tests: each with a data folder of its own, gone afterwards.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Summary } from '../src/control/running.ts'

export const root = join(fileURLToPath(import.meta.url), '..', '..')
const entryPoint = join(root, 'bin', 'sallyport.mjs')

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Whether a program is on PATH. */
export function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A folder for one test file: `data` for clusters, `scratch` to work in, with the samples. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  readonly data = join(this.folder, 'data')
  readonly scratch = join(this.folder, 'scratch')
  readonly #children = new Set<ChildProcess>()

  constructor() {
    mkdirSync(this.scratch)
    symlinkSync(join(root, 'samples'), join(this.scratch, 'samples'))
  }

  /** The environment of a user with an empty home. */
  get env(): NodeJS.ProcessEnv {
    return { ...process.env, HOME: this.scratch, SALLYPORT_DATA: this.data, NO_COLOR: '1' }
  }

  start(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawn(program, args, { cwd: this.scratch, env: this.env, ...options })
    this.#children.add(child)
    child.on('close', () => this.#children.delete(child))
    return child
  }

  /** Runs `sallyport ARGS` to its end. */
  sallyport(...args: readonly string[]): Promise<Outcome> {
    return outcome(this.start(process.execPath, [entryPoint, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /** Starts `sallyport ARGS` and leaves it running, as a process group of its own, as a shell starts a job. */
  sallyportStartedAsGroup(...args: readonly string[]): ChildProcess {
    const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], detached: true }
    return this.start(process.execPath, [entryPoint, ...args], options)
  }

  /** Starts `sallyport ARGS` and leaves it running. */
  sallyportStarted(...args: readonly string[]): ChildProcess {
    return this.start(process.execPath, [entryPoint, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** `sallyport up --detach -o json ARGS`; throws with its stderr when it fails. */
  async up(...args: readonly string[]): Promise<Summary> {
    const { code, stdout, stderr } = await this.sallyport('up', '--detach', '-o', 'json', ...args)
    if (code !== 0) throw new Error(`up ended with code ${code}: ${stderr}`)
    return JSON.parse(stdout) as Summary
  }

  /** A bash script inside the only cluster that runs. */
  bash(script: string, ...options: readonly string[]): Promise<Outcome> {
    return this.sallyport('run', ...options, '--', 'bash', '-euo', 'pipefail', '-c', script)
  }

  /** Stops what still runs and deletes everything. */
  async close(): Promise<void> {
    await this.sallyport('down', '--all')
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** Resolves when a process has ended and its output is read. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }))
  })
}
