import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHistory, EMPTY_HISTORY, encodeHistory, withGeneration, withoutDomain } from './history.ts'
import {
  decodeRegistrations,
  encodeRegistrations,
  NO_REGISTRATIONS,
  type Registration,
  withRegistration,
} from './registrations.ts'

const registration = fc.record<Registration>({
  ips: fc.array(fc.ipV4(), { minLength: 1, maxLength: 3 }),
  secretNamespace: fc.string(),
  created: fc.nat(),
  status: fc.constantFrom('pending', 'created', 'failed', 'regenerating'),
  message: fc.string(),
})

describe('registrations', () => {
  it('come back as they were stored (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 9999 }), registration)), (list) => {
        const all = list.reduce((sum, [number, one]) => withRegistration(sum, number, one), NO_REGISTRATIONS)
        expect(decodeRegistrations(encodeRegistrations(all))).toEqual(all)
      }),
    )
  })

  it('never use a number again, also after removal and around unreadable entries', () => {
    const one: Registration = { ips: [], secretNamespace: 'x', created: 1, status: 'created', message: '' }
    const gone = withRegistration(withRegistration(NO_REGISTRATIONS, 4, one), 4, undefined)
    expect(decodeRegistrations(encodeRegistrations(gone)).next).toBe(5)
    expect(decodeRegistrations({ next: '2', '0009': 'broken' })).toMatchObject({ next: 10 })
  })

  it('survive any text, which is kept where it cannot be read (property)', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.json())), (data) => {
        const stored = encodeRegistrations(decodeRegistrations(data))
        for (const key of decodeRegistrations(data).unreadable.keys()) expect(stored[key]).toBe(data[key])
      }),
    )
  })
})

describe('history', () => {
  const generation = { fingerprint: 'f', spki: 's', root: 'r', issued: 1, notAfter: 2 }

  it('comes back as it was stored, with what cannot be read', () => {
    let all = withGeneration(EMPTY_HISTORY, 'a-0000', generation)
    all = withGeneration(all, 'a-0001', { ...generation, fingerprint: 'g' })
    const stored = { ...encodeHistory(all), 'b-0000': '[{}]' }
    const back = decodeHistory(stored)
    expect(back.domains).toEqual(all.domains)
    expect([...back.unreadable]).toEqual([['b-0000', '[{}]']])
    expect(encodeHistory(back)).toEqual(stored)
    expect([...withoutDomain(all, 'a-0000').domains.keys()]).toEqual(['a-0001'])
  })

  it('stays small enough for a ConfigMap with 128 domains that renew for ever', () => {
    let all = EMPTY_HISTORY
    const long = {
      fingerprint: 'f'.repeat(64),
      spki: 's'.repeat(44),
      root: 'r'.repeat(64),
      issued: 1.7e12,
      notAfter: 1.7e12,
    }
    for (let domain = 0; domain < 129; domain++)
      for (let index = 0; index < 40; index++)
        all = withGeneration(all, `mycluster-${'h'.repeat(32)}-${domain}`, long)
    const size = Object.entries(encodeHistory(all)).reduce(
      (sum, [key, text]) => sum + key.length + text.length,
      0,
    )
    expect(size).toBeLessThan(1_048_576)
  })
})
