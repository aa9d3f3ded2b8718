// Repeats a probe as its thresholds say, and reports when its verdict changes.
import type { Probe } from '../objects/probe.ts'

/** Before the first success an attempt is made this soon after the last one, whatever the period: a started program serves within milliseconds. */
const FIRST_ATTEMPTS_MS = 100

export interface ProberOptions {
  readonly probe: Probe
  /** One attempt: undefined is success, a text is why not. */
  readonly attempt: (timeoutMs: number) => Promise<string | undefined>
  /** Ask often until the first success (startup and readiness; a liveness probe keeps its pace). */
  readonly eager: boolean
  readonly onResult: (result: { readonly healthy: boolean; readonly problem?: string }) => void
  /** Every failed attempt of the probe's own pace, for events. */
  readonly onFailure: (problem: string) => void
  readonly signal: AbortSignal
}

/** Runs until the signal; `onResult` gets the first verdict and every change of it. */
export async function runProber(options: ProberOptions): Promise<void> {
  const { probe, signal } = options
  const periodMs = (probe.periodSeconds ?? 10) * 1000
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  let verdict: boolean | undefined
  let streak = 0
  let succeeded = false
  let last: boolean | undefined
  let eagerMs = options.eager ? FIRST_ATTEMPTS_MS : periodMs
  let sinceCounted = periodMs
  await pause((probe.initialDelaySeconds ?? 0) * 1000, signal)
  while (!signal.aborted) {
    const problem = await options.attempt(timeoutMs)
    if (signal.aborted) return
    const success = problem === undefined
    // Eager attempts between those of the probe's pace may succeed, but their failures do not count.
    const counted = success || sinceCounted >= periodMs
    if (counted) {
      streak = last === success ? streak + 1 : 1
      last = success
      sinceCounted = 0
      if (problem !== undefined) options.onFailure(problem)
      const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
      if (streak >= threshold && verdict !== success) {
        verdict = success
        options.onResult(problem === undefined ? { healthy: true } : { healthy: false, problem })
      }
    }
    succeeded ||= success
    const waitMs = succeeded ? periodMs : Math.min(eagerMs, periodMs)
    eagerMs *= 1.5
    sinceCounted += waitMs
    await pause(waitMs, signal)
  }
}

/** Resolves after `ms`, or at once when the signal comes. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
