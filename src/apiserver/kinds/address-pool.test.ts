import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressPool, ipv4Number, ipv4Text, isIn, NODE_PORTS, pick } from './address-pool.ts'

describe('addressPool', () => {
  it('leaves out network and broadcast address', () => {
    const pool = addressPool('127.7.16.0/20')
    expect(ipv4Text(pool.first)).toBe('127.7.16.1')
    expect(ipv4Text(pool.first + pool.size - 1)).toBe('127.7.31.254')
    expect(isIn(pool, ipv4Number('127.7.31.255') ?? 0)).toBe(false)
    expect(() => addressPool('fd00::/64')).toThrow('not a range of IPv4 addresses')
  })
})

describe('pick', () => {
  it('gives every number once, the reserved band last', () => {
    const pool = { first: 10, size: 20, reserved: 5 }
    const taken = new Set<number>()
    for (let count = 0; count < pool.size; count++) {
      const number = pick(pool, `owner ${count}`, taken)
      expect(number !== undefined && isIn(pool, number) && !taken.has(number)).toBe(true)
      expect((number ?? 0) >= 15).toBe(count < 15)
      taken.add(number ?? 0)
    }
    expect(pick(pool, 'one more', taken)).toBeUndefined()
  })

  it('gives an owner the same number as long as it is free', () => {
    expect(pick(NODE_PORTS, 'a', new Set())).toBe(pick(NODE_PORTS, 'a', new Set()))
  })
})

it('reads back the addresses that it writes, and nothing else', () => {
  void fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => {
      expect(ipv4Number(ipv4Text(number))).toBe(number)
    }),
  )
  for (const text of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.x', '::1']) {
    expect(ipv4Number(text), text).toBeUndefined()
  }
})
