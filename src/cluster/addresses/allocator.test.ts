import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressAllocator, addressNumber, addressText } from './allocator.ts'

describe('addresses as numbers', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (number) => {
        expect(addressNumber(addressText(number))).toBe(number)
      }),
    )
  })
  it('knows what is no address', () => {
    for (const text of ['', '1.2.3', '1.2.3.256', 'a.b.c.d', '1.2.3.4.5'])
      expect(addressNumber(text)).toBeUndefined()
  })
})

describe('AddressAllocator', () => {
  it('never gives an address twice, whatever is taken and released', () => {
    const step = fc.oneof(fc.constant('take' as const), fc.nat(20))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const pool = new AddressAllocator('127.9.0.1', '127.9.0.12')
        const held: string[] = []
        for (const one of steps) {
          if (one === 'take') {
            const address = pool.take()
            if (held.length === 12) expect(address).toBeUndefined()
            if (address === undefined) continue
            expect(held).not.toContain(address)
            expect(pool.contains(address)).toBe(true)
            held.push(address)
          } else if (held.length > 0) {
            const [gone = ''] = held.splice(one % held.length, 1)
            pool.release(gone)
          }
        }
      }),
    )
  })
  it('gives the wanted address if it is free and its own', () => {
    const pool = new AddressAllocator('127.9.0.1', '127.9.0.12')
    expect(pool.take('127.9.0.7')).toBe('127.9.0.7')
    expect(pool.take('127.9.0.7')).toBe('127.9.0.1')
    expect(pool.take('127.8.0.7')).toBe('127.9.0.2')
  })
  it('reuses a released address as late as possible', () => {
    const pool = new AddressAllocator('127.9.0.1', '127.9.0.3')
    pool.release(pool.take() ?? '')
    expect([pool.take(), pool.take(), pool.take()]).toEqual(['127.9.0.2', '127.9.0.3', '127.9.0.1'])
  })
})
