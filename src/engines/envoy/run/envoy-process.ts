// One proxy's Envoy: started with a bootstrap of ours, started again when it exits, hot-restarted for a new bootstrap, drained before it is stopped.
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Proxy } from '../../../ir/proxy.ts'
import type { PemIdentity } from '../options.ts'
import { callAdmin } from './admin.ts'
import { freePort } from './free-port.ts'
import { killGroup, spawnGuarded } from './guarded.ts'
import { writeBootstrap } from './write-bootstrap.ts'

export interface EnvoyProcessOptions {
  readonly binary: string
  /** A folder of its own. */
  readonly directory: string
  readonly ads: { readonly host: string; readonly port: number }
  readonly identity?: PemIdentity & { readonly server: string }
  readonly accessLog: (line: string) => void
  readonly log: (text: string) => void
  /** Called when it has exited by itself. */
  readonly exited: () => void
}

const FIRST_BACKOFF_MS = 200
const LONGEST_BACKOFF_MS = 10_000
/** An Envoy that ran this long did not fail at its start. */
const HEALTHY_MS = 10_000
/** After a hot restart, how long the old process lets its connections finish. */
const DRAIN_SECONDS = 5

export class EnvoyProcess {
  #options: EnvoyProcessOptions
  readonly #proxy: Pick<Proxy, 'id' | 'workload'>
  /** The newest of a family; older ones are draining. */
  #child: ChildProcess | undefined
  readonly #family = new Set<ChildProcess>()
  #epoch = 0
  #adminPort = 0
  #stopped = false
  #down = false
  #failures = 0
  #retry: NodeJS.Timeout | undefined

  constructor(proxy: Pick<Proxy, 'id' | 'workload'>, options: EnvoyProcessOptions) {
    this.#proxy = proxy
    this.#options = options
  }

  /** It has exited by itself and waits to be started again. */
  get down(): boolean {
    return this.#down
  }

  async start(): Promise<void> {
    this.#epoch = 0
    await this.#launch(['--use-dynamic-base-id', '--base-id-path', this.#path('base-id')])
  }

  /** Hot restart with other options: a new process takes over the listening sockets, the old one finishes its connections and ends. */
  async restart(options: Partial<Pick<EnvoyProcessOptions, 'ads' | 'identity'>>): Promise<void> {
    this.#options = { ...this.#options, ...options }
    if (!this.#child) return
    const baseId = readFileSync(this.#path('base-id'), 'utf8').trim()
    this.#epoch += 1
    await this.#launch(['--base-id', baseId])
  }

  /** Prometheus text of its statistics; empty while it cannot be reached. */
  metrics(): Promise<string> {
    return this.#admin('GET', '/stats/prometheus').catch(() => '')
  }

  /** Stops accepting, waits at most `drainMs` for its connections, ends it. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    if (this.#child && drainMs > 0) {
      await this.#admin('POST', '/drain_listeners?graceful').catch(() => '')
      await this.#idle(drainMs)
    }
    await Promise.all([...this.#family].map(end))
  }

  #path(name: string): string {
    return join(this.#options.directory, name)
  }

  async #launch(restartArguments: readonly string[]): Promise<void> {
    this.#adminPort = await freePort()
    if (this.#stopped) return
    const { directory, binary, accessLog, log } = this.#options
    const { ads, identity } = this.#options
    const file = writeBootstrap(directory, this.#proxy, {
      ads,
      admin: { host: '127.0.0.1', port: this.#adminPort },
      ...(identity ? { identity } : {}),
    })
    const begun = performance.now()
    const child = spawnGuarded(binary, [
      ...['-c', file, '--concurrency', '1', '--log-level', 'warning', '--file-flush-interval-msec', '50'],
      ...restartArguments,
      ...['--restart-epoch', String(this.#epoch)],
      ...['--drain-time-s', String(DRAIN_SECONDS), '--parent-shutdown-time-s', String(DRAIN_SECONDS + 1)],
    ])
    this.#child = child
    this.#down = false
    this.#family.add(child)
    if (child.stdout) createInterface({ input: child.stdout }).on('line', accessLog)
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => log(`${this.#proxy.id}: ${line}`))
    child.on('error', (error) => log(`${this.#proxy.id}: ${error.message}`))
    child.on('close', (code, signal) => {
      this.#family.delete(child)
      if (child !== this.#child) return
      this.#child = undefined
      if (performance.now() - begun > HEALTHY_MS) this.#failures = 0
      this.#exited(signal ?? `exit code ${code}`)
    })
  }

  #exited(how: string): void {
    if (this.#stopped) return
    this.#down = true
    const { log, exited } = this.#options
    const wait = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS)
    this.#failures += 1
    log(`${this.#proxy.id}: envoy ended (${how}), starting it again in ${wait} ms`)
    exited()
    this.#retry = setTimeout(() => {
      this.start().catch((error: Error) => log(`${this.#proxy.id}: ${error.message}`))
    }, wait)
  }

  /** Resolves when no downstream connection is left, or after the time. */
  async #idle(drainMs: number): Promise<void> {
    const until = performance.now() + drainMs
    while (performance.now() < until) {
      const text = await this.#admin('GET', '/stats?filter=downstream_cx_active&format=text').catch(() => '')
      const active = text
        .split('\n')
        .filter((line) => line !== '' && !/^(http|listener)\.admin/.test(line) && !line.endsWith(': 0'))
      if (active.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #admin(method: 'GET' | 'POST', path: string): Promise<string> {
    return callAdmin(this.#adminPort, method, path)
  }
}

/** Resolves when the process is gone; it may take two seconds before it is killed. */
async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGTERM')
  const force = setTimeout(() => killGroup(child), 2_000)
  await gone
  clearTimeout(force)
}
