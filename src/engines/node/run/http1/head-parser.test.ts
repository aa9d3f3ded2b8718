import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeadParser } from './head-parser.ts'
import { FAILED, NEED_MORE } from './parse-result.ts'
import { parseAll } from './testing/parse-all.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((start, index) => whole.subarray(start, places[index] ?? whole.length))
}

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
const value = fc.stringMatching(/^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?)?$/)
const field = fc
  .tuple(token, value)
  .filter(([name]) => !/^(host|content-length|transfer-encoding|connection|expect|te|upgrade)$/i.test(name))
const body = fc.oneof(
  fc.constant({ head: '', text: '', plain: '' }),
  fc.string({ unit: 'binary', maxLength: 50 }).map((raw) => {
    const plain = Buffer.from(raw).toString('latin1')
    return { head: `Content-Length: ${plain.length}\r\n`, text: plain, plain }
  }),
  fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), { maxLength: 4 }).map((raw) => {
    const parts = raw.map((part) => Buffer.from(part).toString('latin1'))
    const text = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
    return { head: 'Transfer-Encoding: chunked\r\n', text: `${text}0\r\n\r\n`, plain: parts.join('') }
  }),
)
const request = fc
  .record({
    method: fc.stringMatching(/^[A-Z]{1,10}$/).filter((name) => name !== 'CONNECT'),
    path: fc.stringMatching(/^\/[A-Za-z0-9/?&=%._~-]{0,30}$/),
    fields: fc.array(field, { maxLength: 8 }),
    body,
  })
  .map(({ method, path, fields, body: { head, text, plain } }) => ({
    wire: `${method} ${path} HTTP/1.1\r\nHost: a.test\r\n${fields.map(([name, v]) => `${name}: ${v}\r\n`).join('')}${head}\r\n${text}`,
    method,
    path,
    fields,
    plain,
  }))

describe('any valid requests, cut anywhere', () => {
  test('come out as they were made', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (made, places) => {
          const { requests, fault, unfinished } = parseAll(
            cut(bytes(made.map(({ wire }) => wire).join('')), places),
          )
          expect(fault).toBeUndefined()
          expect(unfinished).toBe(false)
          expect(requests.map(({ method, target, body: text }) => [method, target, text])).toEqual(
            made.map(({ method, path, plain }) => [method, path, plain]),
          )
          for (const [index, { fields }] of made.entries()) {
            const given = requests[index]?.headers ?? []
            for (const [name, v] of fields) expect(given).toContainEqual([name.toLowerCase(), v])
          }
        },
      ),
    )
  })
})

describe('any bytes at all', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)),
    fc
      .tuple(request, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
      .map(([{ wire }, changes]) => {
        const raw = bytes(wire)
        for (const [at, to] of changes) raw[at % raw.length] = to
        return raw
      }),
  )
  test('get the same verdict however they are cut, and never throw', () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 12 }), (raw, places) => {
        expect(parseAll(cut(raw, places))).toEqual(parseAll([raw]))
      }),
      { numRuns: 500 },
    )
  })
  test('one byte at a time is as good as all at once', () => {
    fc.assert(
      fc.property(noise, (raw) => {
        expect(parseAll([...raw].map((byte) => Buffer.from([byte])))).toEqual(parseAll([raw]))
      }),
    )
  })
})

describe('response heads', () => {
  const parse = (text: string): { end: number; parser: HeadParser } => {
    const parser = new HeadParser('response', { maxBytes: 1000, maxHeaders: 10 })
    return { end: parser.parse(bytes(text), 0), parser }
  }
  test('status, version and fields are read; the rest of the bytes is left', () => {
    const text = 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-Empty:\r\n\r\n'
    const { end, parser } = parse(`${text}hi`)
    expect(end).toBe(text.length)
    expect([parser.status, parser.version]).toEqual([404, 11])
    expect(parser.headers.get('content-length')).toBe('2')
    expect(parser.headers.get('x-empty')).toBe('')
    expect(parser.headers.toLines()).toBe('\r\ncontent-length: 2\r\nx-empty: ')
  })
  test.each([
    ['no reason phrase', 'HTTP/1.1 200\r\n\r\n', 200],
    ['an empty reason phrase', 'HTTP/1.1 200 \r\n\r\n', 200],
    ['a reason phrase beyond ASCII', 'HTTP/1.0 500 d\xe9faut\r\n\r\n', 500],
  ])('%s is taken', (_name, text, status) => {
    const { end, parser } = parse(text)
    expect([end, parser.status]).toEqual([text.length, status])
  })
  test.each([
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a status above 599', 'HTTP/1.1 600 OK\r\n\r\n'],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['something else', 'SSH-2.0-x\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['too many fields', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(11)}\r\n`],
    ['too many bytes', `HTTP/1.1 200 OK\r\nA: ${'b'.repeat(1000)}\r\n\r\n`],
  ])('%s is refused', (_name, text) => {
    expect(parse(text).end).toBe(FAILED)
  })
  test('an unfinished head waits', () => {
    expect(parse('HTTP/1.1 200 OK\r\nA: b\r\n').end).toBe(NEED_MORE)
  })
})

test('a head that drips in costs linear work: 50,000 single bytes', () => {
  const parser = new HeadParser('request', { maxBytes: 0, maxHeaders: 0 })
  const head = bytes(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(50_000)}\r\n\r\n`)
  let end = NEED_MORE
  for (const byte of head) end = parser.parse(Buffer.from([byte]), 0)
  expect(end).toBe(1)
  expect(parser.headers.get('x')?.length).toBe(50_000)
})
