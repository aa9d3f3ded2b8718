// Answers of any bytes, cut anywhere: the same verdict, one end, never a throw; and beside Node's llhttp, nothing passes that it refuses.
import { EventEmitter } from 'node:events'
import { request as httpRequest } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteSocket } from '../byte-socket.ts'
import { Sweeper } from '../clock.ts'
import { HeaderBlock } from '../http/headers/header-block.ts'
import { Http1Connection } from './http1-connection.ts'

interface Verdict {
  readonly status: number
  readonly body: string
  readonly interims: number
  /** How it ended: whole, with a flag, or not at all. */
  readonly end: string
  readonly reused: boolean
}

class Wire extends EventEmitter {
  readonly writableLength = 0
  readonly encrypted = false
  write(): void {}
  end(): void {}
  destroy(): void {}
  destroySoon(): void {}
  resetAndDestroy(): void {}
  pause(): void {}
  resume(): void {}
}

/** What a request of that method hears of the bytes, and whether the connection would take another. */
function hear(method: string, pieces: readonly Buffer[]): Verdict {
  const wire = new Wire()
  let reused = false
  const owner = {
    freed: () => {
      reused = true
    },
    closed: () => {
      reused = false
    },
  }
  const connection = new Http1Connection(wire as unknown as ByteSocket, owner, new Sweeper())
  const heard = { status: 0, body: '', interims: 0, ends: [] as string[] }
  const add = (chunk: Buffer | undefined): void => {
    heard.body += chunk?.toString('latin1') ?? ''
  }
  connection.start(
    {
      method,
      scheme: 'http',
      authority: 'a',
      target: '/',
      headers: new HeaderBlock(),
      body: 'none',
      upgrade: undefined,
      readTimeoutMs: 0,
    },
    undefined,
    true,
    {
      interim: () => void heard.interims++,
      responseHead: (head, first, ended) => {
        heard.status = head.status
        add(first)
        if (ended) heard.ends.push('whole')
      },
      responseData: add,
      responseEnd: () => void heard.ends.push('whole'),
      upstreamFailed: ({ flag }) => void heard.ends.push(flag),
      upstreamReady: () => {},
    },
  )
  for (const piece of pieces) connection.read(Buffer.from(piece))
  wire.emit('end')
  expect(heard.ends.length).toBeLessThanOrEqual(1)
  const { status, body, interims } = heard
  connection.close()
  return { status, body, interims, end: heard.ends[0] ?? 'nothing', reused }
}

const some = (right: readonly string[], odd: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  )
const answer = fc
  .tuple(
    some(['', 'HTTP/1.1 103 Early\r\nx: y\r\n\r\n'], ['HTTP/1.1 100\r\n\r\n', '\r\n']),
    some(
      ['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 404 No\r\n', 'HTTP/1.1 204 \r\n', 'HTTP/1.1 304 N\r\n'],
      [
        'HTTP/1.0 200 OK\r\n',
        'HTTP/1.1 20 OK\r\n',
        'HTTP/1.1 600 OK\r\n',
        'HTTP/2 200\r\n',
        'HTTP/1.1 200 OK\n',
      ],
    ),
    some(
      ['', 'a: b\r\n', 'connection: close\r\n'],
      ['a : b\r\n', 'a: b\r\n c\r\n', ': b\r\n', 'a: \0\r\n', 'a: b\rc: d\r\n'],
    ),
    fc.oneof(
      some(
        ['content-length: 3\r\n\r\nabc'],
        [
          'content-length: 3\r\ncontent-length: 3\r\n\r\nabc',
          'content-length: +3\r\n\r\nabc',
          'content-length: 9\r\n\r\nabc',
        ],
      ),
      some(
        [
          'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
          'transfer-encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nt: u\r\n\r\n',
        ],
        [
          'transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
          'transfer-encoding: chunked\r\n\r\nx\r\n',
          'transfer-encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n',
          'transfer-encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n',
          'transfer-encoding: gzip\r\n\r\nabc',
          'content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
        ],
      ),
      fc.constant('\r\nuntil the end'),
    ),
    some([''], ['HTTP/1.1 200 OK\r\n\r\n', 'x']),
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))
const noise = fc.oneof(
  { weight: 4, arbitrary: answer },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 2,
    arbitrary: fc.tuple(answer, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const changed = Buffer.from(bytes)
      if (changed.length > 0) changed[at % changed.length] = byte
      return changed
    }),
  },
)
const method = fc.constantFrom('GET', 'HEAD', 'POST')

/** What Node's client makes of the bytes: the status and body of a whole answer, or undefined. */
function llhttp(name: string, bytes: Buffer): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(),
      final: (done) => done(),
    })
    const request = httpRequest({ method: name, createConnection: () => socket as never }, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('error', () => resolve(undefined))
      response.on('aborted', () => resolve(undefined))
      response.on('end', () =>
        resolve(response.complete ? { status: response.statusCode ?? 0, body } : undefined),
      )
    })
    request.on('upgrade', () => resolve(undefined))
    request.on('error', () => resolve(undefined))
    request.end()
    setImmediate(() => {
      socket.push(bytes)
      socket.push(null)
    })
  })
}

/** Where a fault comes too late the head is with the client already: that it is a fault is what must be the same. */
function verdict(heard: Verdict): Partial<Verdict> {
  return heard.end === 'whole' ? heard : { end: heard.end }
}

describe('answers of an upstream', () => {
  it('get the same verdict however they are cut', () => {
    fc.assert(
      fc.property(method, noise, fc.array(fc.nat(), { maxLength: 6 }), (name, bytes, places) => {
        const at = [
          0,
          ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ]
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
        expect(
          verdict(
            hear(
              name,
              pieces.filter(({ length }) => length > 0),
            ),
          ),
        ).toEqual(verdict(hear(name, [bytes])))
      }),
      { numRuns: 2000 },
    )
  })

  it('pass only when llhttp takes them too, and mean the same', async () => {
    await fc.assert(
      fc.asyncProperty(method, answer, async (name, bytes) => {
        const ours = hear(name, [bytes])
        if (ours.end !== 'whole') return
        const theirs = await llhttp(name, bytes)
        // Bytes behind an answer: llhttp refuses all of it, we take the answer and close the connection.
        if (theirs === undefined && !ours.reused) return
        expect({ bytes: bytes.toString('latin1'), answer: theirs }).toEqual({
          bytes: bytes.toString('latin1'),
          answer: { status: ours.status, body: ours.body },
        })
      }),
      { numRuns: 1000 },
    )
  })
})
