import { describe, expect, it } from 'vitest'
import type { Probe } from '../objects/probe.ts'
import { BackOff } from './back-off.ts'
import { runProber } from './prober.ts'

/** Runs a probe over a script of attempts (true: success) and returns what it reported. */
async function play(probe: Probe, script: readonly boolean[], eager = false) {
  const over = new AbortController()
  const results: boolean[] = []
  const failures: string[] = []
  let attempts = 0
  await runProber({
    probe: { periodSeconds: 0.001, ...probe },
    eager,
    signal: over.signal,
    attempt: async () => {
      const success = script[attempts++]
      if (attempts >= script.length) queueMicrotask(() => setTimeout(() => over.abort(), 0))
      return success ? undefined : 'no'
    },
    onResult: ({ healthy }) => results.push(healthy),
    onFailure: (problem) => failures.push(problem),
  })
  return { results, failures: failures.length }
}

describe('runProber', () => {
  it('reports the first verdict and every change of it, by thresholds', async () => {
    const script = [true, false, false, true, false, false, false, true]
    expect((await play({ failureThreshold: 3 }, script)).results).toEqual([true, false, true])
  })
  it('wants several successes in a row when told so', async () => {
    expect((await play({ successThreshold: 2 }, [true, false, true, true])).results).toEqual([true])
  })
  it('asks sooner before the first success, without counting those failures', async () => {
    const { results, failures } = await play(
      { periodSeconds: 1000, failureThreshold: 1 },
      [false, true],
      true,
    )
    // Only the attempt at the probe's own pace counts as failure.
    expect(failures).toBe(1)
    expect(results[0]).toBe(false)
  })
})

describe('BackOff', () => {
  it('doubles from 10 s to 5 minutes, and forgets after a long run', () => {
    const backOff = new BackOff()
    const pauses = Array.from({ length: 8 }, () => backOff.after(1000) / 1000)
    expect(pauses).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
    expect([backOff.after(600_000), backOff.after(0)]).toEqual([0, 10_000])
  })
})
