import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clusterNameProblem, createIdentity, domainLabel, domainOf } from './identity.ts'

const zeros = (count: number) => new Uint8Array(count)

describe('cluster identity', () => {
  it('has the shapes of the provider', () => {
    const identity = createIdentity(
      'mycluster',
      (count) => new Uint8Array(count).fill(163),
      Date.UTC(2020, 2, 1),
    )
    expect(identity).toEqual({
      name: 'mycluster',
      id: 'b3333333333333333333',
      accountHash: 'a3'.repeat(16),
      region: 'us-south',
      datacenter: 'dal10',
      created: '2020-03-01T00:00:00+0000',
    })
    expect(domainOf(identity, 1)).toBe(
      `mycluster-${'a3'.repeat(16)}-0001.us-south.containers.appdomain.cloud`,
    )
  })

  it('makes labels that DNS and Kubernetes accept from every good name (property)', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][-a-z0-9]{0,36}$/),
        fc.integer({ min: 0, max: 9999 }),
        (name, number) => {
          if (clusterNameProblem(name) !== undefined) return
          expect(domainLabel(createIdentity(name, zeros, 0), number)).toMatch(
            /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/,
          )
        },
      ),
    )
  })

  it('says what is wrong with a name', () => {
    for (const name of ['', 'A', '1a', 'a-', 'a.b', 'ä', 'a'.repeat(36)])
      expect(clusterNameProblem(name)).toContain('must start')
    for (const name of ['a', 'mycluster', 'my-cluster-2', 'a'.repeat(35)])
      expect(clusterNameProblem(name)).toBeUndefined()
  })
})
