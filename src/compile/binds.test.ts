import { describe, expect, it } from 'vitest'
import type { Proxy } from '../ir/proxy.ts'
import { settleBinds } from './binds.ts'

const proxy = (id: string, ...addresses: string[]): Proxy => ({
  id,
  kind: 'gateway',
  workload: { namespace: 'a', name: id, serviceAccount: 'a', labels: {} },
  addresses: [],
  listeners: [
    {
      name: '0.0.0.0_443',
      binds: addresses.map((address) => ({ address, port: 443 })),
      filterChains: [],
      origin: {},
    },
  ],
  clusters: [],
  origin: { object: { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name: id } },
})

describe('settleBinds', () => {
  it('gives a shared address to the first, and tells', () => {
    const [one, two] = [proxy('a', 'own-a', 'shared'), proxy('b', 'own-b', 'shared')]
    const { proxies, diagnostics } = settleBinds([one, two])
    expect(proxies[0]).toBe(one)
    expect(proxies[1]?.listeners[0]?.binds).toEqual([{ address: 'own-b', port: 443 }])
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'SP0713 shared:443 already belongs to a; b is reached at its other addresses only.',
    ])
  })
  it('changes nothing without need', () => {
    const all = [proxy('a', 'x'), proxy('b', 'y')]
    expect(settleBinds(all).proxies.map((one, index) => one === all[index])).toEqual([true, true])
  })
})
