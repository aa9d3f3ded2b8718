// One container of a pod: started, probed, started again after its end as the restart policy says, ended gracefully.
import { mkdirSync } from 'node:fs'
import type { Container, ContainerState, ContainerStatus } from '../objects/pod.ts'
import { BackOff } from './back-off.ts'
import { type Exit, type Launched, launch } from './launch.ts'
import type { LogFile } from './log-file.ts'
import { type ProbeTarget, runHandler } from './probe-action.ts'
import { pause, runProber } from './prober.ts'
import type { ContainerRun } from './status.ts'
import type { Refusal, Surroundings } from './surroundings.ts'

/** What a container needs of its pod. */
export interface ContainerHost {
  /** Computed anew for each start: references and annotations may have changed. */
  readonly surroundings: (container: Container) => Surroundings | Refusal
  readonly probeTarget: () => Pick<ProbeTarget, 'address' | 'locate'>
  readonly openLog: (container: Container, restart: number) => LogFile
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string, container: Container) => void
  readonly changed: () => void
  readonly proxyReady: () => boolean
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never'
  readonly gracePeriodMs: () => number
  /** `web_default(uid)`, as back-off messages name pods. */
  readonly podName: string
  readonly uid: string
  readonly now: () => number
}

const WAITING: ContainerState = { waiting: { reason: 'ContainerCreating' } }
/** How long `ErrImagePull` is shown before it becomes `ImagePullBackOff`. */
const PULL_ERROR_MS = 1000
const OUTPUT_HEAD = 1024

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
  #process: Launched | undefined
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
    if (before) this.#resume(before)
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
  get previousLog(): LogFile | undefined {
    return this.#previousLog
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
    const deadline = this.#host.now() + graceMs
    this.#stopping.abort()
    this.#wake()
    const running = this.#process
    if (running) {
      this.#host.event('Normal', 'Killing', `Stopping container ${this.spec.name}`, this.spec)
      await this.#end(running, deadline)
    }
    this.#endRun.abort()
  }

  /** Ends a container that the engine runs because the pod's work is done. */
  finish(): void {
    this.#finished = true
    this.#endRun.abort()
  }

  /** Runs a command beside the container; the exit code and the head of its output. */
  async exec(command: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }> {
    const surroundings = this.#surroundings
    if (!surroundings || surroundings.runnable.kind === 'engine')
      return { code: 126, output: 'no process to run beside' }
    const launched = launch({ command, env: surroundings.env, cwd: surroundings.cwd, kind: 'foreign' })
    let output = ''
    const take = (chunk: Buffer) => {
      if (output.length < OUTPUT_HEAD) output += chunk.toString()
    }
    launched.child.stdout?.on('data', take)
    launched.child.stderr?.on('data', take)
    const timer = setTimeout(() => launched.kill('SIGKILL'), timeoutMs)
    const exit = await launched.exited
    clearTimeout(timer)
    return { code: exit.code, output }
  }

  /** Undefined when it is told to end before it can start. */
  async #prepared(): Promise<Surroundings | undefined> {
    const pulls = new BackOff()
    pulls.after(0)
    while (!this.#stopping.signal.aborted) {
      const result = this.#host.surroundings(this.spec)
      if (!('reason' in result)) {
        this.#surroundings = result
        return result
      }
      await this.#refused(result, pulls.after(0))
    }
    return undefined
  }

  async #refused(refusal: Refusal, pauseMs: number): Promise<void> {
    const { spec } = this
    if (refusal.reason !== 'ErrImagePull') {
      this.#set({ waiting: refusal })
      this.#host.event(
        'Warning',
        refusal.reason === 'InvalidImageName' ? 'InspectFailed' : 'Failed',
        `Error: ${refusal.message}`,
        spec,
      )
      await this.#waitOrWake(pauseMs)
      return
    }
    if (this.#state.waiting?.reason !== 'ImagePullBackOff') {
      this.#set({ waiting: refusal })
      this.#host.event('Warning', 'Failed', `Failed to pull image "${spec.image}": ${refusal.message}`, spec)
      this.#host.event('Warning', 'Failed', 'Error: ErrImagePull', spec)
      await this.#waitOrWake(PULL_ERROR_MS)
    }
    const message = `Back-off pulling image "${spec.image}": ErrImagePull: ${refusal.message}`
    this.#set({ waiting: { reason: 'ImagePullBackOff', message } })
    this.#host.event('Normal', 'BackOff', `Back-off pulling image "${spec.image}"`, spec)
    await this.#waitOrWake(pauseMs)
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
    this.#process = launched
    this.#host.event('Normal', 'Created', `Created container: ${spec.name}`, spec)
    launched.child.stdout?.on('data', (chunk: Buffer) => log?.append('stdout', chunk))
    launched.child.stderr?.on('data', (chunk: Buffer) => log?.append('stderr', chunk))
    await launched.ready
    this.#begun()
    this.#host.event('Normal', 'Started', `Started container ${spec.name}`, spec)
    void this.#afterStart(launched, this.#endRun.signal)
    const exit = await launched.exited
    this.#process = undefined
    this.#endRun.abort()
    return exit
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

  /** postStart, then the startup probe, then readiness and liveness until the run ends. */
  async #afterStart(launched: Launched, signal: AbortSignal): Promise<void> {
    const { spec } = this
    const postStart = spec.lifecycle?.postStart
    if (postStart) {
      const problem = postStart.sleep
        ? await pause(postStart.sleep.seconds * 1000, signal).then(() => undefined)
        : await runHandler(postStart, this.#target(), this.#host.gracePeriodMs())
      if (problem !== undefined && !signal.aborted) {
        this.#host.event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${problem}`, spec)
        await this.#end(launched, this.#host.now() + this.#host.gracePeriodMs())
        return
      }
    }
    if (spec.startupProbe) await this.#startup(launched, signal)
    if (signal.aborted) return
    this.#started = true
    if (!spec.readinessProbe) this.#ready = true
    this.#host.changed()
    this.#onStarted()
    void this.#probe('Readiness', signal, (healthy) => {
      this.#ready = healthy
      this.#host.changed()
    })
    void this.#probe('Liveness', signal, (healthy) => {
      if (!healthy) this.#killUnhealthy(launched, 'liveness')
    })
  }

  #startup(launched: Launched, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = new AbortController()
      signal.addEventListener('abort', () => over.abort(), { once: true })
      void this.#probe('Startup', over.signal, (healthy) => {
        if (!healthy) this.#killUnhealthy(launched, 'startup')
        over.abort()
      }).then(resolve)
    })
  }

  #probe(
    kind: 'Startup' | 'Readiness' | 'Liveness',
    signal: AbortSignal,
    onResult: (healthy: boolean) => void,
  ): Promise<void> {
    const probe = {
      Startup: this.spec.startupProbe,
      Readiness: this.spec.readinessProbe,
      Liveness: this.spec.livenessProbe,
    }[kind]
    if (!probe) return Promise.resolve()
    return runProber({
      probe,
      eager: kind !== 'Liveness',
      signal,
      attempt: (timeoutMs) => runHandler(probe, this.#target(), timeoutMs),
      onResult: ({ healthy }) => onResult(healthy),
      onFailure: (problem) =>
        this.#host.event('Warning', 'Unhealthy', `${kind} probe failed: ${problem}`, this.spec),
    })
  }

  #killUnhealthy(launched: Launched, probe: 'liveness' | 'startup'): void {
    const own = (probe === 'liveness' ? this.spec.livenessProbe : this.spec.startupProbe)
      ?.terminationGracePeriodSeconds
    const graceMs = own === undefined ? this.#host.gracePeriodMs() : own * 1000
    const message = `Container ${this.spec.name} failed ${probe} probe, will be restarted`
    this.#host.event('Normal', 'Killing', message, this.spec)
    this.#ready = false
    this.#host.changed()
    void this.#end(launched, this.#host.now() + graceMs)
  }

  #target(): ProbeTarget {
    return {
      container: this.spec,
      ...this.#host.probeTarget(),
      exec: (command, ms) => this.exec(command, ms),
    }
  }

  /** preStop and SIGTERM; SIGKILL at the deadline. Resolves when the process is gone. */
  async #end(launched: Launched, deadline: number): Promise<void> {
    const leftMs = () => Math.max(0, deadline - this.#host.now())
    const timer = setTimeout(() => launched.kill('SIGKILL'), Math.min(leftMs(), 2 ** 31 - 1))
    const preStop = this.spec.lifecycle?.preStop
    if (preStop && leftMs() > 0) {
      const over = new AbortController()
      void launched.exited.then(() => over.abort())
      const problem = preStop.sleep
        ? await pause(Math.min(preStop.sleep.seconds * 1000, leftMs()), over.signal).then(() => undefined)
        : await runHandler(preStop, this.#target(), leftMs())
      if (problem !== undefined) {
        this.#host.event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${problem}`, this.spec)
      }
    }
    launched.kill('SIGTERM')
    await launched.exited
    clearTimeout(timer)
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

  /** After a restart of the cluster: what ran is taken as ended with the machine (exit code 255), and counted. */
  #resume(before: ContainerStatus): void {
    this.#restartCount = before.restartCount
    this.#lastState = before.lastState
    if (before.state.terminated) {
      const again = this.#restarts({ code: before.state.terminated.exitCode })
      this.#state = before.state
      this.#finished = !again && !this.init
      if (again) this.#lastState = before.state
    } else if (before.state.running) {
      const startedAt = Date.parse(before.state.running.startedAt) || 0
      const ended = terminatedState({ code: 255 }, startedAt, this.#host.now(), before.containerID)
      this.#lastState = { terminated: { ...ended, reason: 'Unknown' } }
      this.#finished = !this.#restarts({ code: 255 })
      if (this.#finished) this.#state = this.#lastState
      else this.#restartCount++
    }
  }
}

function terminatedState(exit: Exit, startedAt: number, finishedAt: number, id: string | undefined) {
  return {
    exitCode: exit.code,
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
    reason: exit.code === 0 ? 'Completed' : 'Error',
    startedAt: stamp(startedAt),
    finishedAt: stamp(finishedAt),
    ...(id === undefined ? {} : { containerID: id }),
  }
}

function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
