import { describe, expect, it } from 'vitest'
import type { Model } from '../../../ir/proxy.ts'
import { Supplier } from './supplier.ts'

/** A proxy with one chain that presents `certificate` to clients of `trust`. */
const model = (certificate: string, trust: string): Model =>
  ({
    proxies: [
      {
        listeners: [
          {
            filterChains: [
              {
                tls: {
                  certificates: [{ chain: certificate, key: `${certificate}-key` }],
                  alpn: [],
                  clientCertificate: {
                    mode: 'require',
                    verify: { trust: { roots: trust, crl: `${trust}-crl` } },
                  },
                },
              },
              {},
            ],
          },
        ],
        clusters: [
          { tls: { context: { certificate: { chain: 'own', key: 'own-key' }, verify: 'off' } } },
          {},
        ],
      },
    ],
  }) as unknown as Model

const store = { get: (digest: string) => Buffer.from(`bytes of ${digest}`) }

describe('Supplier', () => {
  it('sends each value once, drops what nobody needs, and tells a newcomer all', () => {
    const supplier = new Supplier()
    const first = supplier.delta(model('a', 'r'), store)
    expect([...first.blobs.keys()].sort()).toEqual(['a', 'a-key', 'own', 'own-key', 'r', 'r-crl'])
    expect(first.ticketKeys.size).toBe(1)
    const same = supplier.delta(model('a', 'r'), store)
    expect([same.blobs.size, same.ticketKeys.size, same.dropped]).toEqual([0, 0, []])
    const next = supplier.delta(model('b', 'r'), store)
    expect([...next.blobs.keys()].sort()).toEqual(['b', 'b-key'])
    expect(next.dropped).toEqual(expect.arrayContaining(['a', 'a-key', ...first.ticketKeys.keys()]))
    expect([...supplier.whole().blobs.keys()].sort()).toEqual(['b', 'b-key', 'own', 'own-key', 'r', 'r-crl'])
    expect([...supplier.whole().ticketKeys.keys()]).toEqual([...next.ticketKeys.keys()])
  })

  it('draws new ticket keys for settings that come back: no session outlives the trust it began under', () => {
    const supplier = new Supplier()
    const [before] = supplier.delta(model('a', 'r'), store).ticketKeys.values()
    supplier.delta(model('a', 'other'), store)
    const [after] = supplier.delta(model('a', 'r'), store).ticketKeys.values()
    expect(before).toHaveLength(96)
    expect(Buffer.from(before ?? []).equals(Buffer.from(after ?? []))).toBe(false)
  })

  it('looks again for what the store did not hold', () => {
    const supplier = new Supplier()
    const without = { get: (digest: string) => (digest === 'a-key' ? undefined : store.get(digest)) }
    expect(supplier.delta(model('a', 'r'), without).blobs.has('a-key')).toBe(false)
    expect([...supplier.delta(model('a', 'r'), store).blobs.keys()]).toEqual(['a-key'])
  })
})
