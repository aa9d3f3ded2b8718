import { describe, expect, it } from 'vitest'
import { locateByAddress, locateByTable, movedPorts, wildcardListeners } from './locate.ts'
import { addressPlan } from './plan.ts'

describe('locateByAddress', () => {
  const locate = locateByAddress(movedPorts({ lowestPort: 1024, occupied: new Set([6443, 50_000]) }))
  it('leaves what can be bound', () => {
    expect(locate('127.7.1.1', 8080)).toEqual({ host: '127.7.1.1', port: 8080 })
  })
  it('moves privileged ports, and ports that somebody holds on all addresses', () => {
    expect(locate('127.7.1.1', 443)).toEqual({ host: '127.7.1.1', port: 20_443 })
    expect(locate('127.7.0.1', 6443)).toEqual({ host: '127.7.0.1', port: 26_443 })
    expect(locate('127.7.0.1', 50_000).port).toBe(30_000)
  })
  it('uses real ports where they may be bound', () => {
    const privileged = locateByAddress(movedPorts({ lowestPort: 0, occupied: new Set() }))
    expect(privileged('127.7.1.1', 443).port).toBe(443)
  })
})

describe('locateByTable', () => {
  it('gives each logical place one port of its own', () => {
    const locate = locateByTable()
    const places = Array.from({ length: 3000 }, (_, index) =>
      locate(`127.7.64.${index % 250}`, 80 + (index % 12)),
    )
    const again = locate('127.7.64.0', 80)
    expect(again).toEqual(places[0])
    const distinct = new Set(Array.from({ length: 3000 }, (_, i) => `${i % 250}:${i % 12}`))
    expect(new Set(places.map((place) => place.port)).size).toBe(distinct.size)
  })
})

describe('wildcardListeners', () => {
  it('finds listeners on all addresses only', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue',
      '   0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000',
      '   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000',
      '   2: 00000000:0050 0100007F:C001 01 00000000:00000000 00:00000000',
      '   3: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0',
    ].join('\n')
    expect(wildcardListeners(table)).toEqual([443, 6443])
  })
})

describe('addressPlan', () => {
  it('lays out the range as docs/architecture.md says', () => {
    const plan = addressPlan('127.7.0.0/16', locateByTable())
    expect([plan.apiServer, plan.dns, plan.serviceCidr]).toEqual(['127.7.0.1', '127.7.0.53', '127.7.16.0/20'])
    expect(plan.pods.take()).toBe('127.7.64.1')
    expect(plan.loadBalancers.take()).toBe('127.7.1.1')
    expect(plan.twinOf('127.7.127.254')).toBe('127.7.191.254')
  })
  it('refuses what is no cluster range', () => {
    expect(() => addressPlan('10.0.0.0/16', locateByTable())).toThrow('10.0.0.0/16')
  })
})
