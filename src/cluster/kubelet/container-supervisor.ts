// One container of a pod: started, probed, started again after its end as the restart policy says, ended gracefully.
import { mkdirSync } from 'node:fs'
import type { Container, ContainerState, ContainerStatus } from '../objects/pod.ts'
import { BackOff } from './back-off.ts'
import type { ContainerHost } from './container-host.ts'
import { type Exit, type Launched, launch } from './launch.ts'
import type { LogFile } from './log-file.ts'
import type { ProbeTarget } from './probe-action.ts'
import { pause } from './prober.ts'
import { ProcessRun } from './process-run.ts'
import { refusalStep } from './refusal-step.ts'
import { resume } from './resume.ts'
import { runBeside } from './run-beside.ts'
import type { ContainerRun } from './status.ts'
import type { Surroundings } from './surroundings.ts'
import { stamp, terminatedState } from './terminated-state.ts'

const WAITING: ContainerState = { waiting: { reason: 'ContainerCreating' } }

export class ContainerSupervisor {
  readonly spec: Container
  readonly init: boolean
  readonly #host: ContainerHost
  readonly #stopping = new AbortController()
  readonly #backOff = new BackOff()
  #state: ContainerState
  #lastState: ContainerState = {}
  #restartCount = 0
  #started = false
  #ready = false
  #finished = false
  #id: string | undefined
  #process: ProcessRun | undefined
  #surroundings: Surroundings | undefined
  #log: LogFile | undefined
  #previousLog: LogFile | undefined
  #endRun = new AbortController()
  #wake: () => void = () => undefined
  #onStarted: () => void = () => undefined
  /** Resolves at the first successful start (startup probe included), or when the container ends for good. */
  readonly startedOnce: Promise<void>

  constructor(host: ContainerHost, spec: Container, init: boolean, before?: ContainerStatus) {
    this.#host = host
    this.spec = spec
    this.init = init
    this.#state = init ? WAITING : { waiting: { reason: 'PodInitializing' } }
    this.startedOnce = new Promise((resolve) => {
      this.#onStarted = resolve
    })
    if (!before) return
    const now = host.now()
    const resumed = resume(before, init, (code) => this.#restarts({ code }), this.#state, now)
    this.#state = resumed.state
    this.#lastState = resumed.lastState
    this.#restartCount = resumed.restartCount
    this.#finished = resumed.finished
  }

  get engineRun(): boolean {
    return this.#surroundings?.runnable.kind === 'engine'
  }
  get exitCode(): number | undefined {
    return this.#state.terminated?.exitCode
  }
  get log(): LogFile | undefined {
    return this.#log
  }
  /** While it waits to be started again, the last run is the previous one. */
  get previousLog(): LogFile | undefined {
    return this.#state.waiting ? this.#log : this.#previousLog
  }
  get surroundings(): Surroundings | undefined {
    return this.#surroundings
  }

  view(): ContainerRun {
    return {
      spec: this.spec,
      init: this.init,
      state: this.#state,
      lastState: this.#lastState,
      restartCount: this.#restartCount,
      started: this.#started,
      ready: this.#ready,
      finished: this.#finished,
      ...(this.#id === undefined ? {} : { id: this.#id }),
    }
  }

  /** The pod is past its init containers (or has none). */
  creating(): void {
    if (this.#state.waiting?.reason === 'PodInitializing') this.#set(WAITING)
  }

  /** Something it waits for may have come: a ConfigMap, an annotation. */
  wake(): void {
    this.#wake()
  }

  /** The engine's answer may have changed. */
  proxyChanged(): void {
    if (!this.engineRun || !this.#state.running) return
    const ready = this.#host.proxyReady()
    if (ready === this.#ready) return
    this.#ready = ready
    this.#host.changed()
  }

  /** Starts it, again and again; resolves when it will not be started any more. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted && !this.#finished) {
      const surroundings = await this.#prepared()
      if (!surroundings) break
      const startedAt = this.#host.now()
      const exit =
        surroundings.runnable.kind === 'engine'
          ? await this.#runEngine()
          : await this.#runProcess(surroundings)
      await this.#ended(exit, startedAt)
    }
    this.#onStarted()
  }

  /** Ends it for good: preStop, SIGTERM, and SIGKILL after `graceMs`. */
  async terminate(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    if (this.#process) {
      this.#host.event('Normal', 'Killing', `Stopping container ${this.spec.name}`, this.spec)
      await this.#process.end(graceMs)
    }
    this.#endRun.abort()
  }

  /** Ends a container that the engine runs because the pod's work is done. */
  finish(): void {
    this.#finished = true
    this.#endRun.abort()
  }

  /** Undefined when it is told to end before it can start. */
  async #prepared(): Promise<Surroundings | undefined> {
    const backOff = new BackOff()
    backOff.after(0)
    for (let again = false; !this.#stopping.signal.aborted; again = true) {
      const result = this.#host.surroundings(this.spec)
      if (!('reason' in result)) {
        this.#surroundings = result
        return result
      }
      const step = refusalStep(result, this.spec, again, () => backOff.after(0))
      this.#set({ waiting: step.waiting })
      for (const { type, reason, message } of step.events) this.#host.event(type, reason, message, this.spec)
      await this.#waitOrWake(step.pauseMs)
    }
    return undefined
  }

  async #runEngine(): Promise<Exit> {
    this.#beginRun()
    this.#begun()
    this.#started = true
    this.#ready = this.#host.proxyReady()
    this.#host.changed()
    this.#onStarted()
    await aborted(this.#endRun.signal)
    return { code: 0 }
  }

  async #runProcess(surroundings: Surroundings): Promise<Exit> {
    const { spec } = this
    this.#beginRun()
    const log = this.#log
    this.#host.event('Normal', 'Pulled', `Container image "${spec.image}" already present on machine`, spec)
    const launched = this.#launch(surroundings)
    if (!launched) return { code: 128 }
    const run = this.#follow(launched)
    this.#process = run
    this.#host.event('Normal', 'Created', `Created container: ${spec.name}`, spec)
    launched.child.stdout?.on('data', (chunk: Buffer) => log?.append('stdout', chunk))
    launched.child.stderr?.on('data', (chunk: Buffer) => log?.append('stderr', chunk))
    await launched.ready
    this.#begun()
    this.#host.event('Normal', 'Started', `Started container ${spec.name}`, spec)
    const exit = await run.follow()
    this.#process = undefined
    return exit
  }

  #follow(launched: Launched): ProcessRun {
    const { spec } = this
    return new ProcessRun({
      spec,
      launched,
      target: () => this.#target(),
      gracePeriodMs: this.#host.gracePeriodMs,
      event: (type, reason, message) => this.#host.event(type, reason, message, spec),
      onStarted: () => {
        this.#started = true
        this.#host.changed()
        this.#onStarted()
      },
      onReady: (ready) => {
        this.#ready = ready
        this.#host.changed()
      },
      now: this.#host.now,
    })
  }

  /** Undefined when the system refuses (no memory, no process left, a NUL in a variable); said in an event, tried again as a crash. */
  #launch({ command, env, cwd, runnable }: Surroundings): Launched | undefined {
    try {
      mkdirSync(cwd, { recursive: true })
      return launch({ command, env, cwd, kind: runnable.kind === 'program' ? 'built-in' : 'foreign' })
    } catch (error) {
      const message = `Error: failed to start container "${this.spec.name}": ${error instanceof Error ? error.message : error}`
      this.#host.event('Warning', 'Failed', message, this.spec)
      return undefined
    }
  }

  #target(): ProbeTarget {
    return {
      container: this.spec,
      ...this.#host.probeTarget(),
      exec: (command, timeoutMs) => runBeside(this.#surroundings, command, timeoutMs),
    }
  }

  async #ended(exit: Exit, startedAt: number): Promise<void> {
    const finishedAt = this.#host.now()
    this.#log?.end()
    this.#ready = false
    this.#started = false
    this.#state = { terminated: terminatedState(exit, startedAt, finishedAt, this.#id) }
    if (this.#finished || !this.#restarts(exit)) {
      this.#finished = true
      this.#host.changed()
      return
    }
    this.#host.changed()
    if (this.#stopping.signal.aborted) return
    const pauseMs = this.#backOff.after(finishedAt - startedAt)
    this.#lastState = this.#state
    if (pauseMs > 0) {
      const message = `back-off ${pauseMs / 1000}s restarting failed container=${this.spec.name} pod=${this.#host.podName}`
      this.#set({ waiting: { reason: 'CrashLoopBackOff', message } })
      this.#host.event(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${this.spec.name} in pod ${this.#host.podName}`,
        this.spec,
      )
      await pause(pauseMs, this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
    }
    this.#restartCount++
  }

  /** A container that is being stopped is not started again, but its end is not the pod's verdict either. */
  #restarts(exit: Exit): boolean {
    if (this.#stopping.signal.aborted) return false
    if (this.init && this.spec.restartPolicy === 'Always') return true
    if (this.#host.restartPolicy === 'Never') return false
    if (this.init || this.#host.restartPolicy === 'OnFailure') return exit.code !== 0
    return true
  }

  #beginRun(): void {
    this.#endRun = new AbortController()
    this.#id = `process://${this.#host.uid}/${this.spec.name}/${this.#restartCount}`
    this.#previousLog = this.#log ?? this.#previousLog
    this.#log = this.#host.openLog(this.spec, this.#restartCount)
    if (this.#stopping.signal.aborted) this.#endRun.abort()
  }

  #begun(): void {
    this.#set({ running: { startedAt: stamp(this.#host.now()) } })
  }

  #set(state: ContainerState): void {
    this.#state = state
    this.#host.changed()
  }

  #waitOrWake(ms: number): Promise<void> {
    const waiting = new AbortController()
    this.#wake = () => waiting.abort()
    if (this.#stopping.signal.aborted) waiting.abort()
    return pause(ms, waiting.signal)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
