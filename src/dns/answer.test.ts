import * as packet from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answer } from './answer.ts'
import { Zones } from './zones.ts'

type Decoded = packet.DecodedPacket & {
  readonly rcode: string
  readonly flag_tc: boolean
  readonly flag_aa: boolean
}

const zones = new Zones()
zones.add('shop.example')
zones.set('shop.example', [{ type: 'A', data: '127.1.1.1' }])
zones.set('*.shop.example', [{ type: 'A', data: '127.1.1.1' }])
zones.set(
  'many.shop.example',
  Array.from({ length: 60 }, (_, index) => ({ type: 'A', data: `127.1.2.${index}` }) as const),
)
zones.set('_http._tcp.shop.example', [
  { type: 'SRV', data: { priority: 0, weight: 10, port: 80, target: 'shop.example' } },
])

const query = (name: string, type: packet.RecordType = 'A', more: packet.Packet = {}): Buffer =>
  packet.encode({
    type: 'query',
    id: 7,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  })

const ask = (bytes: Buffer, transport: 'udp' | 'tcp' = 'udp'): Decoded => {
  const response = answer(bytes, transport, zones)
  if (response === undefined) throw new Error('no response')
  return packet.decode(response) as unknown as Decoded
}

const opt = (udpPayloadSize: number, ednsVersion = 0): packet.Packet => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      ednsVersion,
      extendedRcode: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
})

describe('answer', () => {
  it('answers with authority, in the case of the question', () => {
    const response = ask(query('A.Shop.Example'))
    expect(response).toMatchObject({ id: 7, rcode: 'NOERROR', flag_aa: true, type: 'response' })
    expect(response.answers).toMatchObject([
      { name: 'A.Shop.Example', type: 'A', data: '127.1.1.1', ttl: 30 },
    ])
    expect(response.questions).toMatchObject([{ name: 'A.Shop.Example' }])
  })

  it('tells NXDOMAIN and NODATA apart, each with the SOA', () => {
    expect(ask(query('shop.example', 'AAAA'))).toMatchObject({ rcode: 'NOERROR', answers: [] })
    const none = ask(query('x._tcp.shop.example'))
    expect([none.rcode, none.authorities?.map(({ type }) => type)]).toEqual(['NXDOMAIN', ['SOA']])
  })

  it('carries SRV records', () => {
    expect(ask(query('_http._tcp.shop.example', 'SRV')).answers).toMatchObject([
      { data: { port: 80, target: 'shop.example' } },
    ])
  })

  it('refuses other zones and other classes without authority', () => {
    expect(ask(query('example.org'))).toMatchObject({ rcode: 'REFUSED', flag_aa: false })
    const chaos = packet.encode({
      type: 'query',
      id: 7,
      questions: [{ name: 'shop.example', type: 'TXT', class: 'CH' }],
    })
    expect(ask(chaos).rcode).toBe('REFUSED')
  })

  it('truncates what is too long for UDP, unless EDNS or TCP gives room', () => {
    const name = 'many.shop.example'
    expect(ask(query(name))).toMatchObject({ flag_tc: true, answers: [] })
    expect(answer(query(name), 'udp', zones)?.length).toBeLessThanOrEqual(512)
    expect(ask(query(name), 'tcp').answers).toHaveLength(60)
    expect(ask(query(name, 'A', opt(4096))).answers).toHaveLength(60)
    expect(ask(query(name, 'A', opt(100))).flag_tc).toBe(true)
  })

  it('answers an unknown EDNS version with BADVERS', () => {
    const response = ask(query('shop.example', 'A', opt(1232, 1)))
    expect(response.answers).toEqual([])
    expect(response.additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }])
  })

  it('repeats a question whose type and class have no name, byte for byte', () => {
    const odd = query('shop.example')
    odd.writeUInt16BE(65_280, odd.length - 4)
    odd.writeUInt16BE(4_660, odd.length - 2)
    expect(answer(odd, 'udp', zones)?.subarray(12, odd.length)).toEqual(odd.subarray(12))
  })

  it('refuses other opcodes and several questions, and ignores responses', () => {
    const notify = query('shop.example')
    notify[2] = 4 << 3
    expect(ask(notify).rcode).toBe('NOTIMP')
    const two = packet.encode({
      type: 'query',
      questions: [
        { name: 'shop.example', type: 'A' },
        { name: 'shop.example', type: 'A' },
      ],
    })
    expect(ask(two).rcode).toBe('FORMERR')
    const response = query('shop.example')
    response[2] = 0x80
    expect(answer(response, 'udp', zones)).toBeUndefined()
  })

  it('never throws, and answers nothing but responses with the same id (property)', () => {
    const header = fc.uint8Array({ minLength: 0, maxLength: 80 })
    const mutated = fc
      .tuple(
        fc.constantFrom('a.shop.example', 'shop.example', 'x.org'),
        fc.array(fc.tuple(fc.nat(40), fc.nat(255))),
      )
      .map(([name, edits]) => {
        const bytes = query(name, 'A', opt(1232))
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value
        return new Uint8Array(bytes)
      })
    fc.assert(
      fc.property(
        fc.oneof(header, mutated),
        fc.constantFrom('udp' as const, 'tcp' as const),
        (bytes, transport) => {
          const response = answer(Buffer.from(bytes), transport, zones)
          if (response === undefined) return
          expect(response.subarray(0, 2)).toEqual(Buffer.from(bytes.subarray(0, 2)))
          expect((response[2] ?? 0) & 0x80).toBe(0x80)
          expect(response.length).toBeLessThanOrEqual(transport === 'udp' ? 4096 : 65_535)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
