import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { children, DerError, readOid, readOne, readTime } from './read.ts'
import { integer, octets, oid, sequence, setOf, time, tlv, unsigned } from './write.ts'

describe('DER', () => {
  it('writes lengths in the shortest form and reads them back (property)', () => {
    fc.assert(
      fc.property(fc.nat(70_000), (size) => {
        const value = readOne(octets(new Uint8Array(size)))
        expect(value.content.length).toBe(size)
        const header = value.raw.length - size
        expect(header).toBe(size < 0x80 ? 2 : size < 0x100 ? 3 : size < 0x10000 ? 4 : 5)
      }),
    )
  })

  it('writes integers without sign and without padding', () => {
    expect(integer(0).toString('hex')).toBe('020100')
    expect(integer(127).toString('hex')).toBe('02017f')
    expect(integer(128).toString('hex')).toBe('02020080')
    expect(integer(65_536).toString('hex')).toBe('0203010000')
    expect(unsigned(Buffer.from('00ff', 'hex')).toString('hex')).toBe('020200ff')
  })

  it('reads back object identifiers (property)', () => {
    const arcs = fc.tuple(fc.constantFrom(0, 1), fc.nat(39), fc.array(fc.nat(0x7fffffff), { maxLength: 8 }))
    fc.assert(
      fc.property(arcs, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.')
        expect(readOid(readOne(oid(dotted)))).toBe(dotted)
      }),
    )
    expect(readOid(readOne(oid('2.999.3')))).toBe('2.999.3')
  })

  it('reads back times to the second, in the form that the year asks for', () => {
    for (const iso of [
      '1999-12-31T23:59:59Z',
      '2049-12-31T23:59:59Z',
      '2050-01-01T00:00:00Z',
      '2126-06-01T00:00:01Z',
    ]) {
      const encoded = readOne(time(Date.parse(iso)))
      expect(encoded.tag).toBe(iso < '2050' ? 0x17 : 0x18)
      expect(new Date(readTime(encoded)).toISOString()).toBe(iso.replace('Z', '.000Z'))
    }
  })

  it('sorts the members of a set', () => {
    expect(setOf(integer(2), integer(1))).toEqual(setOf(integer(1), integer(2)))
  })

  it('refuses what is cut short, too long or of unbounded length', () => {
    const whole = sequence(integer(5), octets(Buffer.from('x')))
    for (let end = 0; end < whole.length; end++)
      expect(() => children(readOne(whole.subarray(0, end)))).toThrow(DerError)
    expect(() => readOne(Buffer.concat([whole, Buffer.from([0])]))).toThrow(DerError)
    expect(() => readOne(Buffer.from([0x30, 0x80, 0, 0]))).toThrow(DerError)
    expect(() => children(readOne(tlv(0x30, Buffer.from([0x02, 0x05, 0x01]))))).toThrow(DerError)
  })

  it('never fails in another way on any bytes (property)', () => {
    const walk = (bytes: Uint8Array): void => {
      for (const value of children(readOne(bytes))) if ((value.tag & 0x20) !== 0) walk(value.raw)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          walk(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DerError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
