// The codec beside Node's llhttp: what llhttp refuses must be refused here, and what both take must mean the same. Where the codec is
// stricter, STRICTER says why.
import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAll } from './testing/parse-all.ts'

/** Faults that llhttp lets pass, with the reason for refusing them. */
const STRICTER: Readonly<Record<string, string>> = {
  'http1.bad_target':
    'llhttp takes bytes beyond ASCII, fragments and targets of no form that RFC 9112 section 3.2 knows',
  'http1.bad_host': 'llhttp does not look into Host; who routes by it must know what it says',
  'http1.several_hosts': 'llhttp takes the first of several',
  'http1.bad_chunk_extension': 'llhttp takes up to 16 KiB of extensions, we 4 KiB',
  'http1.bad_chunk_size': 'llhttp takes sizes beyond 2^53',
  'http1.bad_trailer': 'llhttp takes framing fields as trailers',
  'http1.unknown_transfer_encoding': 'llhttp takes codings before chunked; nobody here could undo them',
  'http1.several_transfer_encodings': 'llhttp joins several fields',
  'http1.several_content_lengths': 'llhttp takes the same length twice as a list',
  'http1.unknown_expectation': 'Node answers it itself',
  'http1.missing_host': 'Node answers it itself',
  'http1.bad_version': 'llhttp takes HTTP/0.9 and a missing version',
  'http1.unknown_version': 'llhttp takes HTTP/2.0 and HTTP/0.9 by name',
  'http1.bad_method': 'a leading line break more than two',
  'http1.bad_line_ending': 'llhttp takes a bare LF before a request, and after CR CR',
  'http1.bad_header_value': 'llhttp takes control characters other than CR, LF, NUL',
  'http1.too_many_headers': 'Node cuts the list at 2000',
  'http1.transfer_encoding_in_http10':
    'llhttp takes chunked in HTTP/1.0 (RFC 9112 section 6.1 calls the framing faulty)',
}

interface Verdict {
  readonly requests: readonly { readonly method: string; readonly target: string; readonly body: string }[]
  readonly refused: boolean
}

function llhttp(raw: Buffer): Promise<Verdict> {
  return new Promise((resolve) => {
    const requests: { method: string; target: string; body: string }[] = []
    let refused = false
    let pending = 0
    const server = createServer({ requireHostHeader: false, keepAliveTimeout: 0 }, (request, response) => {
      response.on('error', () => {})
      collect(request)
      response.end()
    })
    const collect = (request: IncomingMessage): void => {
      const chunks: Buffer[] = []
      pending++
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('error', () => {})
      request.on('end', () => {
        pending--
        requests.push({
          method: request.method ?? '',
          target: request.url ?? '',
          body: Buffer.concat(chunks).toString('latin1'),
        })
      })
    }
    server.on('checkContinue', collect)
    server.on('checkExpectation', collect)
    server.on('upgrade', collect)
    server.on('connect', collect)
    server.on('clientError', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE') refused = true
    })
    const socket = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(),
      final: (done) => done(),
    })
    server.emit('connection', socket)
    socket.push(raw)
    socket.push(null)
    const look = (rounds: number): void => {
      if (rounds > 0) setImmediate(look, rounds - 1)
      else resolve({ requests, refused: refused && pending >= 0 })
    }
    look(8)
  })
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/** Mostly what is right, now and then what is odd: a message with one oddity says more than one with ten. */
const rarely = (right: readonly string[], odd: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  )
const line = fc
  .tuple(
    rarely([...METHODS], ['', '\r\nGET', '\nGET', ' GET', 'G\0T']),
    rarely([' '], ['  ', '\t', '']),
    rarely(['/', '/a?b', 'http://a/'], ['/é', 'a', '*', '/ b', '/\x01', '/#f']),
    rarely([' '], ['  ', '\t', '']),
    rarely(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'http/1.1', 'HTTP/1.1 ', 'HTTP/1', '']),
    rarely(['\r\n'], ['\n', '\r', '\r\r\n', '']),
  )
  .map((parts) => parts.join(''))
const host = rarely(
  ['Host: a\r\n'],
  ['', 'Host: a\r\nHost: b\r\n', 'Host: a b\r\n', 'Host:\r\n', ' Host: a\r\n'],
)
const field = rarely(
  ['', 'X: y\r\n', 'X:\r\n', 'X:y \r\n', 'x-y: \xe9\r\n'],
  [
    'X: y\n',
    'X : y\r\n',
    ' X: y\r\n',
    'X: y\r\n z\r\n',
    'X\r\n',
    ': y\r\n',
    'X: \0\r\n',
    'X: y\rZ: w\r\n',
    'X: \x7f\r\n',
    'X: \x01\r\n',
    'X\t: y\r\n',
    'X\0: y\r\n',
    'X(: y\r\n',
    'X: y\r\r\n',
    'Content-Length: 3\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
)
const bodies = fc.oneof(
  fc.tuple(fc.constant(''), rarely(['\r\n'], ['\n', '\r\r\n']), fc.constant('')),
  fc.tuple(
    rarely(
      ['Content-Length: 3\r\n', 'content-length:003\r\n'],
      [
        'Content-Length: x\r\n',
        'Content-Length: 3, 3\r\n',
        'Content-Length : 3\r\n',
        'Content-Length: +3\r\n',
        'Content-Length: 3 3\r\n',
        'Content-Length: 3\r\nContent-Length: 3\r\n',
        'Content-Length: 3\r\nContent-Length: 4\r\n',
        'Content-Length:\r\n 3\r\n',
        'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n',
        'Content-Length: 18446744073709551619\r\n',
        'Content-Length:\r\n',
      ],
    ),
    rarely(['\r\n'], ['\n']),
    fc.constant('abc'),
  ),
  fc.tuple(
    rarely(
      ['Transfer-Encoding: chunked\r\n', 'transfer-encoding:Chunked \r\n'],
      [
        'Transfer-Encoding: gzip, chunked\r\n',
        'Transfer-Encoding: chunked, gzip\r\n',
        'Transfer-Encoding : chunked\r\n',
        'Transfer-Encoding: xchunked\r\n',
        'Transfer-Encoding:\r\n chunked\r\n',
        'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
        'Transfer-Encoding:\x0bchunked\r\n',
      ],
    ),
    rarely(['\r\n'], ['\n']),
    rarely(
      [
        '3\r\nabc\r\n0\r\n\r\n',
        '3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n',
        '03\r\nabc\r\n00\r\n\r\n',
        '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n',
      ],
      [
        '3\nabc\r\n0\r\n\r\n',
        '3 \r\nabc\r\n0\r\n\r\n',
        'g\r\nabc\r\n',
        '3\r\nabcd\r\n0\r\n\r\n',
        '3\r\nabc\n0\r\n\r\n',
        '-1\r\n',
        '0\r\nContent-Length: 3\r\n\r\n',
        '3\r\nabc\r\n0\r\n\n',
        '0x3\r\nabc\r\n0\r\n\r\n',
        '3;a\nb\r\nabc\r\n0\r\n\r\n',
        '3;a\0\r\nabc\r\n0\r\n\r\n',
        '\r\n3\r\nabc\r\n0\r\n\r\n',
        '+3\r\nabc\r\n0\r\n\r\n',
        '10000000000000003\r\nabc\r\n0\r\n\r\n',
        '0\r\nT : u\r\n\r\n',
      ],
    ),
  ),
)
const message = fc
  .tuple(line, host, field, bodies)
  .map(([first, at, extra, [framing, end, rest]]) => first + at + extra + framing + end + rest)

describe('beside llhttp', () => {
  test('nothing passes that llhttp refuses, and what passes means the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 2 }), async (messages) => {
        const raw = Buffer.from(messages.join(''), 'latin1')
        const ours = parseAll([raw])
        const theirs = await llhttp(raw)
        const taken = ours.requests.map(({ method, target, body }) => ({ method, target, body }))
        const common = Math.min(taken.length, theirs.requests.length)
        expect(taken.slice(0, common)).toEqual(theirs.requests.slice(0, common))
        // llhttp gives up on some words before they end; the codec waits for the rest of the line.
        // And it looks at what follows a last request, and knows its methods by name.
        const others = ours.closed || taken.some(({ method }) => !METHODS.has(method))
        if (ours.fault === undefined && (ours.unfinished || others)) return
        if (ours.fault === undefined) {
          expect({ raw: raw.toString('latin1'), refused: theirs.refused }).toMatchObject({ refused: false })
        } else if (!theirs.refused && theirs.requests.length > taken.length) {
          expect(Object.keys(STRICTER)).toContain(ours.fault)
        }
      }),
      { numRuns: 2500 },
    )
  })
})
