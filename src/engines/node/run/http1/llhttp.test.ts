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

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']
const piece = fc.constantFrom(
  'Host: a\r\n',
  'Host: b\r\n',
  'Host: a b\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: x\r\n',
  'Content-Length: 3, 3\r\n',
  'Content-Length:3\r\n',
  'Content-Length : 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'transfer-encoding:chunked \r\n',
  'X: y\r\n',
  'X: y\n',
  'X : y\r\n',
  ' X: y\r\n',
  'X: y\r\n z\r\n',
  'X\r\n',
  ': y\r\n',
  'X: \0\r\n',
  'X: y\rZ: w\r\n',
  'X: \x7f\r\n',
  'X:\r\n',
)
const tail = fc.constantFrom(
  '',
  'abc',
  '3\r\nabc\r\n0\r\n\r\n',
  '3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n',
  '3\nabc\r\n0\r\n\r\n',
  '3 \r\nabc\r\n0\r\n\r\n',
  '03\r\nabc\r\n00\r\n\r\n',
  'g\r\nabc\r\n',
  '3\r\nabcd\r\n0\r\n\r\n',
  '0\r\n\r\n',
  '0\r\nContent-Length: 3\r\n\r\n',
  '-1\r\n',
)
const line = fc.tuple(
  fc.constantFrom(...METHODS),
  fc.constantFrom(' ', ' ', ' ', '  ', '\t'),
  fc.constantFrom('/', '/a?b', '/é', 'http://a/', 'a', '*', '/ b'),
  fc.constantFrom(' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', ' HTTP/2.0', '', ' http/1.1'),
  fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
)
const message = fc
  .tuple(line, fc.array(piece, { maxLength: 4 }), fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'), tail)
  .map(([first, fields, end, rest]) => first.join('') + fields.join('') + end + rest)

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
        if (ours.fault === undefined) {
          expect({ raw: raw.toString('latin1'), refused: theirs.refused }).toMatchObject({ refused: false })
        } else if (!theirs.refused && theirs.requests.length > taken.length) {
          expect(Object.keys(STRICTER)).toContain(ours.fault)
        }
      }),
      { numRuns: 1500 },
    )
  })
})
