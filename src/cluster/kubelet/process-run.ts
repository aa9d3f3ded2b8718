// One run of a container's process: hooks, probes, and its end. The supervisor decides what comes after.
import type { Container } from '../objects/pod.ts'
import type { Exit, Launched } from './launch.ts'
import { type ProbeTarget, runHandler } from './probe-action.ts'
import { pause, runProber } from './prober.ts'

export interface RunOptions {
  readonly spec: Container
  readonly launched: Launched
  readonly target: () => ProbeTarget
  readonly gracePeriodMs: () => number
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void
  /** The startup probe (if any) has passed. */
  readonly onStarted: () => void
  readonly onReady: (ready: boolean) => void
  readonly now: () => number
}

export class ProcessRun {
  readonly #options: RunOptions
  readonly #over = new AbortController()

  constructor(options: RunOptions) {
    this.#options = options
  }

  /** Begins the hooks and probes; resolves when the process has ended. */
  async follow(): Promise<Exit> {
    void this.#afterStart()
    const exit = await this.#options.launched.exited
    this.#over.abort()
    return exit
  }

  /** preStop and SIGTERM; SIGKILL when `graceMs` are over. Resolves when the process is gone. */
  async end(graceMs: number): Promise<void> {
    const { launched, spec, now } = this.#options
    const deadline = now() + graceMs
    const leftMs = () => Math.max(0, deadline - now())
    const timer = setTimeout(() => launched.kill('SIGKILL'), Math.min(graceMs, 2 ** 31 - 1))
    const preStop = spec.lifecycle?.preStop
    if (preStop && graceMs > 0) {
      const problem = await this.#hook(preStop, leftMs())
      if (problem !== undefined) this.#warn('FailedPreStopHook', `PreStopHook failed: ${problem}`)
    }
    launched.kill('SIGTERM')
    await launched.exited
    clearTimeout(timer)
  }

  /** postStart, then the startup probe, then readiness and liveness until the run ends. */
  async #afterStart(): Promise<void> {
    const { spec, onReady, onStarted } = this.#options
    const { signal } = this.#over
    const postStart = spec.lifecycle?.postStart
    const problem = postStart && (await this.#hook(postStart, this.#options.gracePeriodMs()))
    if (problem !== undefined && !signal.aborted) {
      this.#warn('FailedPostStartHook', `PostStartHook failed: ${problem}`)
      await this.end(this.#options.gracePeriodMs())
      return
    }
    if (spec.startupProbe && !(await this.#startup())) return
    if (signal.aborted) return
    onStarted()
    if (!spec.readinessProbe) onReady(true)
    void this.#probe('Readiness', signal, onReady)
    void this.#probe('Liveness', signal, (healthy) => {
      if (!healthy) this.#killUnhealthy('liveness')
    })
  }

  /** False when the probe failed for good. */
  async #startup(): Promise<boolean> {
    const over = new AbortController()
    this.#over.signal.addEventListener('abort', () => over.abort(), { once: true })
    let passed = false
    await this.#probe('Startup', over.signal, (healthy) => {
      passed = healthy
      if (!healthy) this.#killUnhealthy('startup')
      over.abort()
    })
    return passed
  }

  #probe(
    kind: 'Startup' | 'Readiness' | 'Liveness',
    signal: AbortSignal,
    onResult: (healthy: boolean) => void,
  ): Promise<void> {
    const { spec, target } = this.#options
    const probe = {
      Startup: spec.startupProbe,
      Readiness: spec.readinessProbe,
      Liveness: spec.livenessProbe,
    }[kind]
    if (!probe) return Promise.resolve()
    return runProber({
      probe,
      eager: kind !== 'Liveness',
      signal,
      attempt: (timeoutMs) => runHandler(probe, target(), timeoutMs),
      onResult: ({ healthy }) => onResult(healthy),
      onFailure: (problem) => this.#warn('Unhealthy', `${kind} probe failed: ${problem}`),
    })
  }

  #killUnhealthy(probe: 'liveness' | 'startup'): void {
    const { spec, event, gracePeriodMs, onReady } = this.#options
    const own = (probe === 'liveness' ? spec.livenessProbe : spec.startupProbe)?.terminationGracePeriodSeconds
    event('Normal', 'Killing', `Container ${spec.name} failed ${probe} probe, will be restarted`)
    onReady(false)
    void this.end(own === undefined ? gracePeriodMs() : own * 1000)
  }

  /** Undefined when the hook went well. */
  async #hook(
    hook: NonNullable<NonNullable<Container['lifecycle']>['preStop']>,
    timeoutMs: number,
  ): Promise<string | undefined> {
    if (!hook.sleep) return runHandler(hook, this.#options.target(), timeoutMs)
    await pause(Math.min(hook.sleep.seconds * 1000, timeoutMs), this.#over.signal)
    return undefined
  }

  #warn(reason: string, message: string): void {
    this.#options.event('Warning', reason, message)
  }
}
