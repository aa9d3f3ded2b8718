// Which endpoint takes a request, over priorities, localities and health, with random numbers and health of the test's.
import { describe, expect, it } from 'vitest'
import type { Cluster, Endpoint } from '../../../../ir/cluster.ts'
import { EndpointSet } from './endpoint-set.ts'
import { hashText } from './hash-ring.ts'
import { PreviousPriorities } from './previous-priorities.ts'

const at = (port: number, priority = 0, rest: Partial<Endpoint> = {}): Endpoint => ({
  address: '10.0.0.1',
  port,
  healthy: true,
  ...(priority === 0 ? {} : { priority }),
  ...rest,
})
const KINDS = ['round-robin', 'least-request', 'random', 'ring-hash', 'maglev'] as const

function cluster(endpoints: readonly Endpoint[], rest: Partial<Cluster> = {}): Cluster {
  const balancing = { kind: 'round-robin' } as const
  return { name: 'c', protocol: 'http1', connectTimeoutMs: 1, origin: {}, balancing, endpoints, ...rest }
}

/** Numbers that come evenly, so that shares are exact as far as they can be. */
function evenly(): () => number {
  let next = 0
  return () => {
    next = (next + 0.618_033_988_749) % 1
    return next
  }
}

const setOf = (endpoints: readonly Endpoint[], rest: Partial<Cluster> = {}): EndpointSet =>
  new EndpointSet(cluster(endpoints, rest), evenly())

/** Share of 2,000 requests in percent, by port; `hashed`: each request has a hash of its own. */
function shares(set: EndpointSet, hashed = false): Record<string, number> {
  const counts: Record<string, number> = {}
  const many = 2_000
  for (let i = 0; i < many; i++) {
    const port = set.pick(hashed ? hashText(String(i)) : undefined, undefined)?.source.port ?? 'none'
    counts[port] = (counts[port] ?? 0) + 100 / many
  }
  return counts
}
const fail = (set: EndpointSet, ...ports: readonly number[]): void => {
  for (const state of set.all) if (ports.includes(state.source.port)) state.passing = false
}
const heal = (set: EndpointSet): void => {
  for (const state of set.all) state.passing = true
}

describe.each(KINDS)('priorities with %s', (kind) => {
  const hashed = kind === 'ring-hash' || kind === 'maglev'
  const two = [at(1), at(2), at(3), at(4), at(11, 1), at(12, 1)]
  const make = () => setOf(two, { balancing: { kind } })
  const inFirst = (found: Record<string, number>): number =>
    [1, 2, 3, 4].reduce((sum, port) => sum + (found[port] ?? 0), 0)

  it('leaves the second alone while enough of the first are sound', () => {
    const set = make()
    expect(inFirst(shares(set, hashed))).toBeCloseTo(100)
    fail(set, 1)
    const found = shares(set, hashed)
    expect(inFirst(found)).toBeCloseTo(100)
    expect(found[1]).toBeUndefined()
  })
  it('spills over by the overprovisioning factor, and goes back', () => {
    const set = make()
    fail(set, 1, 2)
    const half = inFirst(shares(set, hashed))
    expect(half).toBeGreaterThan(66)
    expect(half).toBeLessThan(74)
    fail(set, 3, 4)
    expect(inFirst(shares(set, hashed))).toBe(0)
    heal(set)
    expect(inFirst(shares(set, hashed))).toBeCloseTo(100)
  })
  it('has none when all are ill, and all in panic', () => {
    const set = make()
    fail(set, 1, 2, 3, 4, 11, 12)
    expect(shares(set, hashed)).toEqual({ none: expect.closeTo(100) })
    const outlier = { intervalMs: 1, baseEjectionMs: 1, maxEjectionPercent: 100, minHealthPercent: 10 }
    const panicking = setOf(two, { balancing: { kind }, outlier })
    fail(panicking, 1, 2, 3, 4, 11, 12)
    const found = shares(panicking, hashed)
    expect(Object.keys(found)).toHaveLength(6)
    expect(inFirst(found)).toBeGreaterThan(60)
  })
  it('avoids what was tried as long as its level has another', () => {
    const set = setOf([at(1), at(2), at(11, 1)], { balancing: { kind } })
    const hash = hashed ? 7 : undefined
    const one = set.pick(hash, undefined)?.key ?? ''
    const other = set.pick(hash, new Set([one]))?.key ?? ''
    expect([one, other].sort()).toEqual(['10.0.0.1:1', '10.0.0.1:2'])
    expect(set.pick(hash, new Set([one, other]))?.priority).toBe(0)
  })
})

describe.each(KINDS)('localities with weights and %s', (kind) => {
  const hashed = kind === 'ring-hash' || kind === 'maglev'
  const a = { locality: { region: 'r', zone: 'a' } }
  const b = { locality: { region: 'r', zone: 'b' } }
  const make = () =>
    setOf([at(1, 0, a), at(2, 0, b), at(3, 0, b), at(4, 0, b), at(5, 0, b)], {
      balancing: kind === 'ring-hash' ? { kind, size: 8192 } : { kind },
      localityWeights: [
        { ...a, weight: 80 },
        { ...b, weight: 20 },
      ],
    })
  it('share requests by weight, not by number of endpoints', () => {
    const found = shares(make(), hashed)
    expect(found[1]).toBeGreaterThan(76)
    expect(found[1]).toBeLessThan(84)
    for (const port of [2, 3, 4, 5]) expect(found[port]).toBeGreaterThan(3)
  })
  it('give way when too few of theirs are sound', () => {
    const set = make()
    fail(set, 1)
    expect(shares(set, hashed)[1]).toBeUndefined()
    heal(set)
    expect(shares(set, hashed)[1]).toBeGreaterThan(76)
  })
})

it('a locality without a weight weighs as much as its endpoints', () => {
  const found = shares(
    setOf([at(1, 0, { locality: { region: 'x' } }), at(2, 0, { weight: 3 })], { localityWeights: [] }),
  )
  expect(found).toEqual({ 1: expect.closeTo(25), 2: expect.closeTo(75) })
})

it('a change of the cluster keeps what is known of endpoints that stay', () => {
  const set = setOf([at(1), at(2)])
  fail(set, 1)
  const [one] = set.all
  const gone = set.update(cluster([at(1, 1), at(3)]), () => {})
  expect(gone.map(({ key }) => key)).toEqual(['10.0.0.1:2'])
  expect(set.all[0]).toBe(one)
  expect(shares(set)).toEqual({ 3: expect.closeTo(100) })
})

describe('retries that leave priorities', () => {
  it('go elsewhere after every second try, and begin anew when all were tried', () => {
    const set = setOf([at(1), at(11, 1), at(21, 2)])
    const previous = new PreviousPriorities()
    const order = Array.from({ length: 8 }, () => {
      const priority = set.pick(undefined, undefined, previous)?.priority ?? -1
      previous.add(priority)
      return priority
    })
    expect(order).toEqual([0, 0, 1, 1, 2, 2, 0, 0])
  })
})

it('keys keep their endpoint while another one is ill or gone', () => {
  const endpoints = [1, 2, 3, 4].map((port) => at(port))
  for (const kind of ['ring-hash', 'maglev'] as const) {
    const set = setOf(endpoints, { balancing: { kind } })
    const owners = () => Array.from({ length: 400 }, (_, key) => set.pick(hashText(`${key}`), undefined)?.key)
    const before = owners()
    fail(set, 2)
    const moved = owners().filter((owner, key) => owner !== before[key])
    expect(moved.length).toBe(before.filter((owner) => owner === '10.0.0.1:2').length)
    heal(set)
    expect(owners()).toEqual(before)
  }
})
