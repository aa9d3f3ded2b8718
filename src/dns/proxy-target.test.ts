import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proxyTarget, splitAuthority } from './proxy-target.ts'

describe('splitAuthority', () => {
  it('takes host:port apart (property)', () => {
    const port = fc.integer({ min: 1, max: 65_535 })
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4()), port, (host, number) => {
        expect(splitAuthority(`${host}:${number}`)).toEqual({ host, port: number })
        expect(splitAuthority(host, 80)).toEqual({ host, port: 80 })
      }),
    )
    expect(splitAuthority('[::1]:443')).toEqual({ host: '::1', port: 443 })
  })

  it('refuses the rest', () => {
    for (const authority of [
      '',
      'a',
      'a:',
      ':1',
      'a:0',
      'a:65536',
      'a:1:2',
      'u@a:1',
      'a b:1',
      '[::1',
      'a/:1',
      '[x]:1',
    ])
      expect([authority, splitAuthority(authority)]).toEqual([authority, undefined])
  })
})

describe('proxyTarget', () => {
  const scope = {
    cluster: 'test',
    addresses: (name: string) =>
      name === 'two' ? ['127.1.0.1', '127.1.0.2'] : name === 'none' ? [] : undefined,
    owns: (address: string) => address.startsWith('127.1.'),
    locate: (host: string, port: number) => ({ host, port: port + 20_000 }),
  }

  it('finds all addresses of a name at their real places', () => {
    expect(proxyTarget(scope, 'two', 443)).toEqual({
      places: [
        { host: '127.1.0.1', port: 20_443 },
        { host: '127.1.0.2', port: 20_443 },
      ],
    })
    expect(proxyTarget(scope, '127.1.2.3', 80)).toEqual({ places: [{ host: '127.1.2.3', port: 20_080 }] })
  })

  it('refuses what is not the cluster’s, unless told to pass it through', () => {
    for (const host of ['example.org', '192.0.2.1', '::1', '127.0.0.1']) {
      expect(proxyTarget(scope, host, 443)).toMatchObject({ status: 403 })
      expect(proxyTarget({ ...scope, passThrough: true }, host, 443)).toEqual({
        places: [{ host, port: 443 }],
      })
    }
    expect(proxyTarget({ ...scope, passThrough: true }, 'none', 443)).toMatchObject({ status: 502 })
  })
})
