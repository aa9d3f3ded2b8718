import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Locality, localityText, parseLocality } from '../../../ir/locality.ts'
import { withPlace } from '../../../resources/node.ts'
import type { ServiceEndpoint } from '../../workload/endpoints.ts'
import { place, type Vantage } from './place.ts'
import type { LocalityRule } from './rule.ts'

function endpoint(address: string, text: string, labels: Record<string, string> = {}): ServiceEndpoint {
  const locality = parseLocality(text)
  const base = { address, port: 80, healthy: true, labels: withPlace(labels, locality, undefined) }
  return locality === undefined ? base : { ...base, locality }
}
const from = (text: string, labels: Record<string, string> = {}): Vantage => {
  const locality = parseLocality(text)
  const known = withPlace(labels, locality, undefined)
  return locality === undefined ? { labels: known } : { locality, labels: known }
}
const failover = (rest: Partial<Extract<LocalityRule, { kind: 'failover' }>> = {}): LocalityRule => ({
  kind: 'failover',
  failover: [],
  labels: [],
  weighted: false,
  ...rest,
})
const PLACES = ['r1/a/x', 'r1/a/y', 'r1/b', 'r2/c', 'r3/d', '']
const everywhere = PLACES.map((text) => endpoint(`10.0.0.${PLACES.indexOf(text) + 1}`, text))
const priorities = (rule: LocalityRule, vantage: Vantage, endpoints = everywhere) =>
  place(endpoints, rule, vantage).endpoints.map(({ priority = 0 }) => priority)

describe('failover', () => {
  it.each([
    ['r1/a/x', [0, 1, 2, 3, 3, 3]],
    ['r1/a', [1, 1, 2, 3, 3, 3]],
    ['r1/b', [2, 2, 0, 3, 3, 3]],
    ['r3/d', [2, 2, 2, 2, 0, 2]],
    ['r9/z', [0, 0, 0, 0, 0, 0]],
    ['', [1, 1, 1, 1, 1, 0]],
  ])('from %s goes by nearness, without gaps', (text, want) => {
    const found = priorities(failover(), from(text))
    const ranks = [...new Set(want)].sort()
    expect(found).toEqual(want.map((one) => ranks.indexOf(one)))
  })
  it('to a region that is named comes before other regions', () => {
    const rule = failover({ failover: [{ from: 'r1', to: 'r3' }] })
    expect(priorities(rule, from('r1/a/x'))).toEqual([0, 1, 2, 4, 3, 4])
    expect(priorities(rule, from('r2/c'))).toEqual([1, 1, 1, 0, 1, 1])
  })
  it('by labels goes by how many agree from the first on', () => {
    const endpoints = [
      endpoint('10.0.0.1', 'r1', { version: 'v1', tier: 'gold' }),
      endpoint('10.0.0.2', 'r2', { version: 'v1' }),
      endpoint('10.0.0.3', 'r1', { version: 'v2', tier: 'gold' }),
    ]
    const client = from('r1', { version: 'v1', tier: 'gold' })
    expect(priorities(failover({ labels: ['version', 'tier'] }), client, endpoints)).toEqual([0, 1, 2])
    expect(priorities(failover({ labels: ['version=v2'] }), client, endpoints)).toEqual([1, 1, 0])
  })
})

describe('distribution', () => {
  const rule: LocalityRule = {
    kind: 'distribute',
    distribute: [
      { from: 'r1/a/*', to: { 'r1/a/*': 80, 'r2/*': 20 } },
      { from: 'r2', to: { '*': 100 } },
    ],
  }
  const shares = (vantage: Vantage) => {
    const { endpoints, localityWeights = [] } = place(everywhere, rule, vantage)
    const weights = localityWeights.map(({ locality, weight }) => `${localityText(locality)} ${weight}`)
    return { weights, endpoints: endpoints.length }
  }
  it('is by the first rule for where the client is; localities that it does not name get nothing', () => {
    expect(shares(from('r1/a/x'))).toEqual({ weights: ['r1/a/x 40', 'r1/a/y 40', 'r2/c 20'], endpoints: 3 })
    expect(shares(from('r2/c')).endpoints).toBe(6)
  })
  it('from elsewhere is as without a rule', () => {
    expect(shares(from('r3/d'))).toEqual({ weights: [], endpoints: 6 })
  })
})

it('priorities count from 0 without gaps, and nobody is lost', () => {
  const text = fc.constantFrom('', 'r1', 'r1/a', 'r1/a/x', 'r1/b', 'r2/a', 'r3')
  const labels = fc.dictionary(fc.constantFrom('version', 'tier'), fc.constantFrom('1', '2'))
  const drawn = fc.array(fc.tuple(text, labels), { minLength: 1, maxLength: 12 })
  const rules = fc.record({
    failover: fc.constantFrom([], [{ from: 'r1', to: 'r3' }]),
    labels: fc.subarray(['version', 'tier=2', 'topology.kubernetes.io/region']),
  })
  fc.assert(
    fc.property(drawn, text, labels, rules, (places, at, own, rule) => {
      const endpoints = places.map(([one, extra], index) => endpoint(`10.0.1.${index}`, one, extra))
      const found = priorities(failover(rule), from(at, own), endpoints)
      expect(found).toHaveLength(endpoints.length)
      expect([...new Set(found)].sort((a, b) => a - b)).toEqual([...Array(Math.max(...found) + 1).keys()])
    }),
  )
})

it('a locality reads back as it is written', () => {
  const part = fc.stringMatching(/^[a-z0-9-]{1,5}$/)
  const locality = fc.oneof(
    fc.record({ region: part }),
    fc.record({ region: part, zone: part }),
    fc.record({ region: part, zone: part, subzone: part }),
  )
  fc.assert(
    fc.property(locality, (one: Locality) => {
      expect(parseLocality(localityText(one))).toEqual(one)
    }),
  )
})
