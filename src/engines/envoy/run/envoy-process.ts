// One Envoy process: started with a bootstrap of ours, restarted with back-off when it exits, drained before it is stopped.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Proxy } from '../../../ir/proxy.ts'
import type { PemIdentity } from '../options.ts'
import { bootstrap } from './bootstrap.ts'

export interface EnvoyProcessOptions {
  readonly binary: string
  /** A folder of its own. */
  readonly directory: string
  readonly ads: { readonly host: string; readonly port: number }
  readonly identity?: PemIdentity & { readonly server: string }
  readonly accessLog: (line: string) => void
  readonly log: (text: string) => void
}

const FIRST_BACKOFF_MS = 200
const LONGEST_BACKOFF_MS = 10_000

export class EnvoyProcess {
  readonly #options: EnvoyProcessOptions
  readonly #proxy: Pick<Proxy, 'id' | 'workload'>
  #child: ChildProcess | undefined
  #adminPort = 0
  #stopped = false
  #backoff = FIRST_BACKOFF_MS
  #retry: NodeJS.Timeout | undefined

  constructor(proxy: Pick<Proxy, 'id' | 'workload'>, options: EnvoyProcessOptions) {
    this.#proxy = proxy
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#stopped) return
    this.#adminPort = await freePort()
    const { directory, binary } = this.#options
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, 'bootstrap.json')
    writeFileSync(file, JSON.stringify(this.#bootstrap(), undefined, 2), { mode: 0o600 })
    const child = spawn(
      binary,
      ['-c', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#child = child
    createInterface({ input: child.stdout }).on('line', this.#options.accessLog)
    createInterface({ input: child.stderr }).on('line', (line) =>
      this.#options.log(`${this.#proxy.id}: ${line}`),
    )
    child.on('error', (error) => this.#options.log(`${this.#proxy.id}: ${error.message}`))
    child.on('spawn', () => {
      this.#backoff = FIRST_BACKOFF_MS
    })
    child.on('exit', (code, signal) => this.#exited(code, signal))
  }

  /** Prometheus text of its statistics; empty while it cannot be reached. */
  metrics(): Promise<string> {
    return this.#admin('GET', '/stats/prometheus').catch(() => '')
  }

  /** Stops accepting, waits at most `drainMs` for its connections, ends it. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    if (drainMs > 0) {
      await this.#admin('POST', '/drain_listeners?graceful').catch(() => '')
      await this.#idle(drainMs)
    }
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), 2_000)
    await exited
    clearTimeout(force)
  }

  #bootstrap(): unknown {
    const { ads, identity, directory } = this.#options
    const admin = { host: '127.0.0.1', port: this.#adminPort }
    if (!identity) return bootstrap(this.#proxy, { ads, admin })
    const put = (name: string, text: string) => {
      const path = join(directory, name)
      writeFileSync(path, text, { mode: 0o600 })
      return path
    }
    const files = {
      certificate: put('identity.crt', identity.certificate),
      key: put('identity.key', identity.key),
      trust: put('trust.crt', identity.trust),
    }
    return bootstrap(this.#proxy, { ads, admin, identity: { ...files, server: identity.server } })
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#stopped) return
    this.#options.log(
      `${this.#proxy.id}: envoy ended (${signal ?? `exit code ${code}`}), starting it again in ${this.#backoff} ms`,
    )
    this.#retry = setTimeout(() => {
      this.start().catch((error: Error) => this.#options.log(`${this.#proxy.id}: ${error.message}`))
    }, this.#backoff)
    this.#backoff = Math.min(this.#backoff * 2, LONGEST_BACKOFF_MS)
  }

  /** Resolves when no downstream connection is left, or after the time. */
  async #idle(drainMs: number): Promise<void> {
    const end = performance.now() + drainMs
    while (performance.now() < end) {
      const text = await this.#admin('GET', '/stats?filter=downstream_cx_active&format=text').catch(() => '')
      const active = text
        .split('\n')
        .filter(
          (line) =>
            !line.startsWith('http.admin') &&
            !line.startsWith('listener.admin') &&
            !line.endsWith(': 0') &&
            line !== '',
        )
      if (active.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #admin(method: string, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port: this.#adminPort, method, path, timeout: 5_000 },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => resolve(Buffer.concat(chunks).toString()))
          response.on('error', reject)
        },
      )
      call.on('timeout', () => call.destroy(new Error('the admin port does not answer')))
      call.on('error', reject)
      call.end()
    })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
