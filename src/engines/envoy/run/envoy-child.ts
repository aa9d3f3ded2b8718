// One Envoy as a process of the system: spawned, asked over its admin port, drained, ended.
import type { ChildProcess } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { callAdmin } from './admin.ts'
import { killGroup, spawnGuarded } from './guarded.ts'

export interface EnvoyChildOptions {
  readonly binary: string
  readonly arguments: readonly string[]
  readonly adminPort: number
  /** Where Envoy writes the id that it has chosen for its shared memory. */
  readonly baseIdFile: string
  readonly accessLog: (line: string) => void
  readonly log: (line: string) => void
}

const POLL_MS = 20

export class EnvoyChild {
  /** Resolves with how it ended. */
  readonly ended: Promise<string>
  readonly #options: EnvoyChildOptions
  readonly #process: ChildProcess
  #alive = true
  #withoutMemory = false

  constructor(options: EnvoyChildOptions) {
    this.#options = options
    const child = spawnGuarded(options.binary, options.arguments)
    this.#process = child
    if (child.stdout) createInterface({ input: child.stdout }).on('line', options.accessLog)
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (/shared memory/i.test(line)) this.#withoutMemory = true
        options.log(line)
      })
    child.on('error', (error) => options.log(error.message))
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#alive = false
        resolve(signal ?? `exit code ${code}`)
      })
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  /** It said that it cannot have the shared memory of hot restarts. */
  get withoutMemory(): boolean {
    return this.#withoutMemory
  }

  /** For `--base-id` of its successor; undefined until it has chosen one. */
  get baseId(): string | undefined {
    try {
      return readFileSync(this.#options.baseIdFile, 'utf8').trim()
    } catch {
      return undefined
    }
  }

  admin(method: 'GET' | 'POST', path: string): Promise<string> {
    return callAdmin(this.#options.adminPort, method, path)
  }

  /** Resolves with true when it serves, with false when it has ended instead. */
  async serving(): Promise<boolean> {
    while (this.#alive) {
      if ((await this.admin('GET', '/ready').catch(() => '')).startsWith('LIVE')) return true
      await pause()
    }
    return false
  }

  /** Stops accepting, tells HTTP clients to close, and waits at most this long for requests and TCP connections to finish. */
  async drain(drainMs: number): Promise<void> {
    for (const path of ['/drain_listeners?graceful&skip_exit', '/drain_listeners'])
      await this.admin('POST', path).catch(() => '')
    const until = performance.now() + drainMs
    while (this.#alive && performance.now() < until) {
      const text = await this.admin('GET', '/stats?filter=downstream_(cx|rq)_active').catch(() => '')
      if (isIdle(text)) return
      await pause()
    }
  }

  /** SIGTERM, and SIGKILL after two seconds; resolves when the process is gone. */
  async end(): Promise<void> {
    if (this.#alive) {
      this.#process.kill('SIGTERM')
      const force = setTimeout(() => killGroup(this.#process), 2_000)
      await this.ended
      clearTimeout(force)
    }
  }

  /** Envoy leaves the shared memory of its family behind. To be called when all of the family have ended. */
  forgetMemory(): void {
    const { baseId } = this
    if (baseId !== undefined) rmSync(`/dev/shm/envoy_shared_memory_${Number(baseId) * 10}`, { force: true })
    rmSync(this.#options.baseIdFile, { force: true })
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS))

/** No request is open, and no connection but those of HTTP clients that are between two. Lines are `scope.name: value`. */
function isIdle(stats: string): boolean {
  const sum = (scope: RegExp) =>
    stats
      .split('\n')
      .filter((line) => scope.test(line))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(':') + 1)), 0)
  const requests = sum(/^http\.(?!admin\.).*downstream_rq_active:/)
  const http = sum(/^http\.(?!admin\.).*downstream_cx_active:/)
  // Workers count apart what their listener counts as well.
  const all = sum(/^listener\.(?!admin\.|.*\.worker_\d+\.).*downstream_cx_active:/)
  return requests === 0 && all <= http
}
