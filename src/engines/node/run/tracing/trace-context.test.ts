import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeaderBlock } from '../http/headers/header-block.ts'
import { receive, send } from './trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

function block(fields: Readonly<Record<string, string>>): HeaderBlock {
  const headers = new HeaderBlock()
  for (const [name, value] of Object.entries(fields)) headers.add(name, value)
  return headers
}

const fieldsOf = (headers: HeaderBlock): Record<string, string> => {
  const fields: Record<string, string> = {}
  headers.each((name, value) => {
    fields[name] = value
  })
  return fields
}

describe('what is received', () => {
  test.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    // A later version may have more behind the flags.
    [`01-${TRACE}-${SPAN}-01-more`, true],
  ])('traceparent %s', (traceparent, sampled) => {
    expect(receive(block({ traceparent }))).toEqual({
      parent: { traceId: TRACE, spanId: SPAN },
      decision: sampled,
      b3: undefined,
    })
  })

  test.each([
    '',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`,
  ])('no trace in %j', (traceparent) => {
    expect(receive(block({ traceparent }))).toMatchObject({ parent: undefined, decision: undefined })
  })

  test.each([
    [{ b3: `${TRACE}-${SPAN}-1` }, TRACE, true],
    [{ b3: `${TRACE}-${SPAN}-0-00f067aa0ba902b7` }, TRACE, false],
    [{ b3: `${TRACE}-${SPAN}-d` }, TRACE, true],
    [{ b3: `${TRACE}-${SPAN}` }, TRACE, undefined],
    [{ b3: `${SPAN}-${SPAN}-1` }, `${'0'.repeat(16)}${SPAN}`, true],
    [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '0' }, TRACE, false],
    [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': 'true' }, TRACE, true],
    [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' }, TRACE, true],
    [{ 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN }, TRACE, undefined],
  ] as const)('B3 %o', (fields, traceId, decision) => {
    expect(receive(block({ ...fields }))).toMatchObject({ parent: { traceId, spanId: SPAN }, decision })
  })

  test('a decision may come without ids', () => {
    expect(receive(block({ b3: '0' }))).toEqual({ parent: undefined, decision: false, b3: 'single' })
    expect(receive(block({ b3: 'd' })).decision).toBe(true)
    expect(receive(block({ 'x-b3-sampled': '0' }))).toEqual({
      parent: undefined,
      decision: false,
      b3: 'multiple',
    })
  })

  test('traceparent is believed before B3', () => {
    const headers = block({ traceparent: `00-${TRACE}-${SPAN}-00`, b3: `${'1'.repeat(32)}-${SPAN}-1` })
    expect(receive(headers)).toEqual({
      parent: { traceId: TRACE, spanId: SPAN },
      decision: false,
      b3: 'single',
    })
  })
})

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''))
    .filter((text) => !/^0+$/.test(text))

test('the next hop reads what was sent, in both tongues, whatever stood there before', () => {
  const before = fc.dictionary(
    fc.constantFrom('traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid'),
    fc.string().map((text) => text.replace(/[^!-~]/g, 'x')),
  )
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), before, (traceId, spanId, sampled, fields) => {
      const headers = block(fields)
      const received = receive(headers)
      send(headers, { traceId, spanId, parentId: '', sampled }, received)
      expect(receive(headers)).toMatchObject({ parent: { traceId, spanId }, decision: sampled })
      if (received.b3 !== undefined) {
        headers.remove('traceparent')
        expect(receive(headers)).toMatchObject({ parent: { traceId, spanId }, decision: sampled })
      }
    }),
  )
})

test('a trace that begins here has no state of another', () => {
  const headers = block({ traceparent: 'broken', tracestate: 'a=b' })
  send(headers, { traceId: TRACE, spanId: SPAN, parentId: '', sampled: true }, receive(headers))
  expect(fieldsOf(headers)).toEqual({ traceparent: `00-${TRACE}-${SPAN}-01` })
})
