// What travels as a letter is what a parser would have made of the same message on a wire.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderBlock } from '../http/headers/header-block.ts'
import { Known } from '../http/headers/known-headers.ts'
import type { HeadLimits } from '../http1/head-limits.ts'
import { HeadParser } from '../http1/head-parser.ts'
import { FAILED } from '../http1/parse-result.ts'
import { Letter } from './letter.ts'

const NO_LIMITS = { maxBytes: 0, maxHeaders: 0 }

const name = fc.oneof(
  fc.constantFrom('host', 'x-request-id', 'x-envoy-attempt-count', 'cookie', 'x-a', 'te'),
  fc.string({ minLength: 1, maxLength: 8 }),
)
const value = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'one, two',
    'tab\tinside',
    'ü',
    ' leading',
    'trailing ',
    'line\r\nx: y',
    'nul\0',
    '日本',
  ),
  fc.string({ maxLength: 12 }),
)
const target = fc.oneof(
  fc.constantFrom('/', '/a?b=c', '*', 'http://a.test/', '/a b', '/a#b', ''),
  fc.string(),
)

interface Parsed {
  readonly fields: readonly string[]
  readonly known: readonly unknown[]
}

function contents(block: HeaderBlock): Parsed {
  const fields: string[] = []
  block.each((one, text) => fields.push(`${one}: ${text}`))
  const ids = Object.values(Known).filter((id) => id !== Known.other && id !== Known.envoy)
  return { fields, known: ids.map((id) => [block.has(id), block.count(id), block.known(id)]) }
}

/** A block as a parser leaves it, changed as a proxy changes it. */
function changed(
  arrived: readonly string[],
  dropped: readonly string[],
  added: readonly (readonly [string, string])[],
): HeaderBlock {
  const parser = new HeadParser('request', NO_LIMITS)
  const lines = arrived.map((one, index) => `${one}:${index % 2 === 0 ? ' ' : ''}v${index}\r\n`).join('')
  expect(parser.parse(Buffer.from(`GET / HTTP/1.1\r\nhost: a\r\n${lines}\r\n`, 'latin1'), 0)).toBeGreaterThan(
    0,
  )
  for (const one of dropped) parser.headers.remove(one)
  for (const [one, text] of added) parser.headers.add(one, text)
  return parser.headers
}

const token = fc.constantFrom('x-a', 'x-b', 'cookie', 'x-forwarded-for', 'x-envoy-b')
const block = fc
  .record({
    arrived: fc.array(token, { maxLength: 6 }),
    dropped: fc.array(token, { maxLength: 2 }),
    added: fc.array(fc.tuple(name, value), { maxLength: 3 }),
  })
  .map(({ arrived, dropped, added }) => changed(arrived, dropped, added))

function parsed(
  letter: Letter,
  kind: 'request' | 'response',
  limits: HeadLimits = NO_LIMITS,
): HeadParser | undefined {
  const parser = new HeadParser(kind, limits)
  const bytes = letter.bytes()
  const end = parser.parse(bytes, 0)
  if (end === FAILED) return undefined
  expect(bytes.subarray(end).toString('latin1')).toBe(letter.body.toString('latin1'))
  return parser
}

test('a request that is taken is what its text says', () => {
  let taken = 0
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'M-X', 'a b', ''),
      target,
      block,
      fc.string(),
      (method, path, headers, body) => {
        const letter = new Letter()
        if (!letter.request(method, path, headers, body === '' ? undefined : Buffer.from(body))) return
        taken++
        const parser = parsed(letter, 'request')
        expect([parser?.method, parser?.target]).toEqual([method, path])
        expect(contents(parser?.headers ?? new HeaderBlock())).toEqual(contents(letter.headers))
        expect(letter.bytes()).toHaveLength(letter.length)
      },
    ),
    { numRuns: 2_000 },
  )
  expect(taken).toBeGreaterThan(50)
})

test('a response that is taken is what its text says', () => {
  fc.assert(
    fc.property(fc.constantFrom(200, 204, 404, 599), block, (status, headers) => {
      const letter = new Letter()
      if (!letter.response(status, headers, Buffer.from('body'))) return
      const parser = parsed(letter, 'response')
      expect(parser?.status).toBe(status)
      expect(contents(parser?.headers ?? new HeaderBlock())).toEqual(contents(letter.headers))
    }),
    { numRuns: 1_000 },
  )
})

test('limits of the receiver are those of its parser', () => {
  fc.assert(
    fc.property(
      block,
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 8 }),
      (headers, maxBytes, maxHeaders) => {
        const letter = new Letter()
        if (!letter.request('GET', '/', headers, undefined)) return
        const limits = { maxBytes, maxHeaders }
        expect(letter.within(limits)).toBe(parsed(letter, 'request', limits) !== undefined)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('a letter keeps what it was given when the sender goes on', () => {
  const headers = changed(['x-a'], [], [['x-b', 'one']])
  const body = Buffer.from('body')
  const letter = new Letter()
  letter.request('POST', '/', headers, body)
  const before = letter.bytes().toString()
  body.fill(0)
  headers.reset()
  expect(letter.bytes().toString()).toBe(before)
})
