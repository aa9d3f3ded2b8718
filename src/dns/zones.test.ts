import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Zones } from './zones.ts'

const a = (data: string) => ({ type: 'A', data }) as const

function shop(): Zones {
  const zones = new Zones()
  zones.add('Shop.Example.', { server: '127.1.0.53' })
  zones.set('shop.example', [a('127.1.1.1'), a('127.1.1.2')])
  zones.set('*.shop.example', [a('127.1.1.9')])
  zones.set('x.y.shop.example', [a('127.1.1.3')])
  zones.set('alias.shop.example', [{ type: 'CNAME', data: 'x.y.shop.example' }])
  return zones
}

describe('Zones', () => {
  it('answers a name whatever its case and final dot', () => {
    expect(shop().addresses('SHOP.example.')).toEqual(['127.1.1.1', '127.1.1.2'])
  })

  it('answers from the wildcard at any depth, with the name that was asked', () => {
    expect(shop().lookup('a.b.shop.example', 'A').answers).toEqual([
      { type: 'A', data: '127.1.1.9', name: 'a.b.shop.example', ttl: 30 },
    ])
  })

  it('does not use the wildcard below a name that exists, nor for an empty non-terminal (RFC 4592 2.2.2, 3.3.1)', () => {
    expect(shop().lookup('other.y.shop.example', 'A').rcode).toBe('NXDOMAIN')
    const terminal = shop().lookup('y.shop.example', 'A')
    expect([terminal.rcode, terminal.answers]).toEqual(['NOERROR', []])
  })

  it('says no data with the SOA for another type of a name that exists', () => {
    const found = shop().lookup('shop.example', 'AAAA')
    expect([found.rcode, found.answers, found.authority.map(({ type }) => type)]).toEqual([
      'NOERROR',
      [],
      ['SOA'],
    ])
  })

  it('refuses names of other zones', () => {
    expect(shop().lookup('shop.example.org', 'A').rcode).toBe('REFUSED')
    expect(shop().lookup('notshop.example', 'A').rcode).toBe('REFUSED')
    expect(shop().addresses('example')).toBeUndefined()
  })

  it('follows aliases', () => {
    expect(
      shop()
        .lookup('alias.shop.example', 'A')
        .answers.map(({ type, data }) => [type, data]),
    ).toEqual([
      ['CNAME', 'x.y.shop.example'],
      ['A', '127.1.1.3'],
    ])
  })

  it('ends at an alias that leads to itself', () => {
    const zones = shop()
    zones.set('loop.shop.example', [{ type: 'CNAME', data: 'loop.shop.example' }])
    expect(zones.addresses('loop.shop.example')).toEqual([])
  })

  it('has SOA and NS at the origin and counts the serial up with each change only', () => {
    const zones = shop()
    const serial = () => {
      const [record] = zones.lookup('shop.example', 'SOA').answers
      return record?.type === 'SOA' ? record.data.serial : undefined
    }
    const before = serial() ?? 0
    zones.set('shop.example', [a('127.1.1.1'), a('127.1.1.2')])
    expect(serial()).toBe(before)
    zones.set('shop.example', [a('127.1.1.7')])
    expect(serial()).toBe(before + 1)
    expect(zones.lookup('shop.example', 'NS').answers).toMatchObject([{ data: 'ns.shop.example' }])
    expect(zones.addresses('ns.shop.example')).toEqual(['127.1.0.53'])
  })

  it('prefers the longer zone, and forgets a zone that is removed', () => {
    const zones = shop()
    zones.add('in.shop.example')
    expect(zones.lookup('a.in.shop.example', 'A').rcode).toBe('NXDOMAIN')
    zones.remove('in.shop.example')
    expect(zones.addresses('a.in.shop.example')).toEqual(['127.1.1.9'])
  })

  it('lists the names for a hosts file and tells of changes', () => {
    const zones = shop()
    let changes = 0
    const end = zones.onChange(() => changes++)
    zones.set('new.shop.example', [a('127.1.1.4')])
    end()
    zones.set('new.shop.example', [])
    expect(changes).toBe(1)
    expect([...zones.hosts().keys()].sort()).toEqual(['ns.shop.example', 'shop.example', 'x.y.shop.example'])
  })

  const label = fc.constantFrom('a', 'b', 'c', '*')
  const name = fc.array(label, { minLength: 0, maxLength: 4 }).map((labels) => [...labels, 'z'].join('.'))

  it('is the same after adding and removing any names (property)', () => {
    fc.assert(
      fc.property(fc.array(name), fc.array(name), name, (kept, removed, asked) => {
        const fresh = new Zones()
        const changed = new Zones()
        for (const zones of [fresh, changed]) zones.add('z')
        for (const each of removed) changed.set(each, [a('127.0.0.9')])
        for (const each of removed) changed.set(each, [])
        for (const each of kept) for (const zones of [fresh, changed]) zones.set(each, [a('127.0.0.1')])
        expect(changed.lookup(asked, 'A').rcode).toBe(fresh.lookup(asked, 'A').rcode)
        expect(changed.addresses(asked)).toEqual(fresh.addresses(asked))
      }),
    )
  })
})
