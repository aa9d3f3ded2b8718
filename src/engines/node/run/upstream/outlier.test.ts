// Outlier detection on its own, with a clock of the test's.
import { describe, expect, it } from 'vitest'
import type { OutlierDetection } from '../../../../ir/cluster.ts'
import { EndpointState } from './endpoint-state.ts'
import { countOutcome, endEjections } from './outlier.ts'

const endpoints = (count: number): EndpointState[] =>
  Array.from(
    { length: count },
    (_, i) => new EndpointState({ address: '10.0.0.1', port: i + 1, healthy: true }),
  )
const rule = (rest: Partial<OutlierDetection> = {}): OutlierDetection => ({
  consecutive5xx: 3,
  intervalMs: 1000,
  baseEjectionMs: 1000,
  maxEjectionPercent: 100,
  ...rest,
})

describe('outlier detection', () => {
  it('counts errors in a row only', () => {
    const [one, ...rest] = endpoints(3) as [EndpointState, ...EndpointState[]]
    for (const status of [500, 500, 200, 500, 500]) countOutcome(rule(), one, [one, ...rest], status, 0)
    expect(one.usable).toBe(true)
    countOutcome(rule(), one, [one, ...rest], 500, 0)
    expect(one.usable).toBe(false)
  })

  it('tells gateway errors, among them no answer at all, from other errors', () => {
    const gateway = rule({ consecutive5xx: 0, consecutiveGatewayErrors: 2 })
    const all = endpoints(2)
    const [one, other] = all as [EndpointState, EndpointState]
    for (const status of [500, 500, 500]) countOutcome(gateway, one, all, status, 0)
    expect(one.usable).toBe(true)
    for (const status of [0, 503]) countOutcome(gateway, other, all, status, 0)
    expect(other.usable).toBe(false)
  })

  it('takes an endpoint back when its time is over, and keeps it out longer each time', () => {
    const all = endpoints(2)
    const [one] = all as [EndpointState]
    const fail = (now: number): void => {
      for (let i = 0; i < 3; i++) countOutcome(rule(), one, all, 503, now)
    }
    fail(0)
    endEjections(all, 999)
    expect(one.usable).toBe(false)
    endEjections(all, 1000)
    expect(one.usable).toBe(true)
    fail(1000)
    endEjections(all, 2999)
    expect(one.usable).toBe(false)
    endEjections(all, 3000)
    expect(one.usable).toBe(true)
  })

  it('ejects no more than its share, but always one', () => {
    const all = endpoints(4)
    const half = rule({ maxEjectionPercent: 50 })
    for (const one of all) for (let i = 0; i < 3; i++) countOutcome(half, one, all, 500, 0)
    expect(all.filter(({ usable }) => usable)).toHaveLength(2)
    const few = endpoints(4)
    for (const one of few)
      for (let i = 0; i < 3; i++) countOutcome(rule({ maxEjectionPercent: 1 }), one, few, 500, 0)
    expect(few.filter(({ usable }) => usable)).toHaveLength(3)
  })
})
