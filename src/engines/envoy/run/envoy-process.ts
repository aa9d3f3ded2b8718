// One proxy's Envoy: started with a bootstrap of ours, started again when it exits, replaced without dropping a connection, drained before it is stopped.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Proxy } from '../../../ir/proxy.ts'
import type { PemIdentity } from '../options.ts'
import { EnvoyChild } from './envoy-child.ts'
import { freePort } from './free-port.ts'
import { writeBootstrap, writeIdentity } from './write-bootstrap.ts'

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
/** After a restart, how long the old process lets its connections finish. */
const DRAIN_SECONDS = 5

/** Processes that share memory: the first of them, and those that took over from it. */
interface Family {
  /** Where the id of their memory is; a family without one cannot be taken over from. */
  readonly baseIdFile: string
  readonly hot: boolean
  readonly members: Set<EnvoyChild>
  epoch: number
}

export class EnvoyProcess {
  #options: EnvoyProcessOptions
  readonly #proxy: Pick<Proxy, 'id' | 'workload'>
  /** The one that serves new connections; others are draining. */
  #child: EnvoyChild | undefined
  #family: Family | undefined
  readonly #all = new Map<EnvoyChild, Family>()
  #families = 0
  #hot = true
  #stopped = false
  #down = false
  #failures = 0
  #retry: NodeJS.Timeout | undefined
  /** Restarts follow one another. */
  #restarting: Promise<void> = Promise.resolve()

  constructor(proxy: Pick<Proxy, 'id' | 'workload'>, options: EnvoyProcessOptions) {
    this.#proxy = proxy
    this.#options = options
  }

  /** It has exited by itself and waits to be started again. */
  get down(): boolean {
    return this.#down
  }

  async start(): Promise<void> {
    const begun = performance.now()
    const child = await this.#launch(this.#newFamily())
    if (!child) return
    this.#child = child
    this.#down = false
    void this.#watch(child, begun)
  }

  /**
   * Puts a new process in the place of the one that runs, from the binary as it is now, and drops no connection: the new one takes over the
   * listening sockets (hot restart). Where Envoys share no memory, or the new binary does not fit the old one, both listen at the same addresses
   * until the old one has drained. Throws when the new one does not serve; then the old one stays.
   */
  restart(): Promise<void> {
    const next = this.#restarting.then(() => this.#replace())
    this.#restarting = next.catch(() => undefined)
    return next
  }

  /** Gives it a new identity for its next connection to the control plane. */
  renew(identity: PemIdentity & { readonly server: string }): void {
    this.#options = { ...this.#options, identity }
    if (existsSync(this.#options.directory)) writeIdentity(this.#options.directory, identity)
  }

  /** Prometheus text of its statistics; empty while it cannot be reached. */
  async metrics(): Promise<string> {
    return this.#child?.admin('GET', '/stats/prometheus').catch(() => '') ?? ''
  }

  /** Stops accepting, waits at most `drainMs` for its requests, ends it. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    if (drainMs > 0) await this.#child?.drain(drainMs)
    await Promise.all([...this.#all.keys()].map((child) => child.end()))
  }

  #newFamily(): Family {
    this.#families += 1
    const baseIdFile = join(this.#options.directory, `base-id-${this.#families}`)
    return { baseIdFile, hot: this.#hot, members: new Set(), epoch: 0 }
  }

  async #launch(family: Family): Promise<EnvoyChild | undefined> {
    const adminPort = await freePort()
    if (this.#stopped) return undefined
    const { directory, binary, accessLog, log, ads, identity } = this.#options
    const file = writeBootstrap(directory, this.#proxy, {
      ads,
      admin: { host: '127.0.0.1', port: adminPort },
      ...(identity ? { identity } : {}),
    })
    const child = new EnvoyChild({
      binary,
      arguments: [
        ...['-c', file, '--concurrency', '1', '--log-level', 'warning', '--file-flush-interval-msec', '50'],
        ...['--drain-time-s', String(DRAIN_SECONDS), '--parent-shutdown-time-s', String(DRAIN_SECONDS + 1)],
        ...familyArguments(family),
      ],
      adminPort,
      baseIdFile: family.baseIdFile,
      accessLog,
      log: (line) => log(`${this.#proxy.id}: ${line}`),
    })
    this.#family = family
    family.members.add(child)
    this.#all.set(child, family)
    void child.ended.then(() => {
      this.#all.delete(child)
      family.members.delete(child)
      if (family.members.size === 0) child.forgetMemory()
    })
    return child
  }

  /** Starts it again, later each time, when it ends by itself while it is the one that serves. */
  async #watch(child: EnvoyChild, begun: number): Promise<void> {
    const how = await child.ended
    if (child !== this.#child || this.#stopped) return
    this.#child = undefined
    this.#down = true
    if (child.withoutMemory) this.#hot = false
    if (performance.now() - begun > HEALTHY_MS) this.#failures = 0
    const wait = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS)
    this.#failures += 1
    this.#options.log(`${this.#proxy.id}: envoy ended (${how}), starting it again in ${wait} ms`)
    this.#options.exited()
    this.#retry = setTimeout(() => {
      this.start().catch((error: Error) => this.#options.log(`${this.#proxy.id}: ${error.message}`))
    }, wait)
  }

  async #replace(): Promise<void> {
    const old = this.#child
    const family = this.#family
    // One that waits to be started again starts from what is there then.
    if (!old || !family || this.#stopped) return
    const begun = performance.now()
    if (family.hot && old.baseId !== undefined) {
      // Envoy hands over from one to one: the one before this one has to be gone.
      await Promise.all([...family.members].filter((one) => one !== old).map((one) => one.ended))
      family.epoch += 1
      const heir = await this.#launch(family)
      if (heir && (await heir.serving())) return this.#takeOver(heir, begun)
      family.epoch -= 1
      if (this.#stopped || !old.alive) return
      this.#options.log(
        `${this.#proxy.id}: no hot restart from this Envoy to that one; the new one starts beside it`,
      )
    }
    const neighbour = await this.#launch(this.#newFamily())
    if (!neighbour || !(await neighbour.serving())) {
      this.#family = family
      if (this.#stopped) return
      throw new Error(`${this.#proxy.id}: the new Envoy does not serve, the old one stays`)
    }
    this.#takeOver(neighbour, begun)
    await old.drain(DRAIN_SECONDS * 1_000)
    await old.end()
  }

  #takeOver(child: EnvoyChild, begun: number): void {
    this.#child = child
    void this.#watch(child, begun)
  }
}

function familyArguments({ hot, epoch, baseIdFile, members }: Family): readonly string[] {
  if (!hot) return ['--disable-hot-restart']
  const [first] = members
  const id = epoch > 0 ? first?.baseId : undefined
  const base = id === undefined ? ['--use-dynamic-base-id', '--base-id-path', baseIdFile] : ['--base-id', id]
  return [...base, '--restart-epoch', String(epoch)]
}
