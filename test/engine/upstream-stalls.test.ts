// Upstreams that stop or break off at every point of an exchange: the client hears of it in time, and nothing stays open.
import { connect, constants, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { raw } from './testing/client.ts'
import { testEngine } from './testing/engine.ts'
import { type Gateway, gateway } from './testing/gateway.ts'
import {
  chain,
  cluster,
  endpoint,
  forward,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from './testing/model.ts'
import { sockets, socketsBackTo } from './testing/resources.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1000)}`
const HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

let before = 0
beforeEach(() => {
  before = sockets()
})

interface Point {
  readonly request?: string
  /** What the upstream writes before it stops. */
  readonly writes?: string
  /** With a proper end of the connection, with a reset, or not at all. */
  readonly cut?: true
}

const points: readonly (readonly [string, Point])[] = [
  ['before the request is read', {}],
  ['in the request body', { request: POST }],
  ['in the status line', { writes: 'HTTP/1.1 20' }],
  ['in the response head', { writes: 'HTTP/1.1 200 OK\r\nx: y\r\n' }],
  ['after 100', { request: POST, writes: 'HTTP/1.1 100 Continue\r\n\r\n' }],
  ['in the response body', { writes: `${HEAD}4\r\nha`, cut: true }],
  ['between chunks', { writes: `${HEAD}4\r\nhalf\r\n`, cut: true }],
  ['in the trailers', { writes: `${HEAD}4\r\nhalf\r\n0\r\nx: y\r\n`, cut: true }],
]

const ends: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['ends', (socket) => void socket.end()],
  ['resets', (socket) => socket.resetAndDestroy()],
]

/** A gateway whose only upstream writes and then does what it is told. A reset takes along what was not read yet, so who resets waits for the client to have it. */
async function stopping(
  writes: string,
  then: (socket: Socket) => void,
  idleTimeoutMs: number,
): Promise<Gateway> {
  const port = await tcpBackend((socket) => {
    socket.on('end', () => socket.end())
    socket.once('data', () => {
      if (writes === '') then(socket)
      else socket.write(writes, 'latin1', () => then(socket))
    })
  })
  return gateway([route(forward('app', { idleTimeoutMs }))], [cluster('app', [endpoint(port)])])
}

describe('an upstream of HTTP/1.1', () => {
  for (const [where, { request = GET, writes = '', cut }] of points) {
    test.each(ends)(`that %s ${where}`, async (_how, then) => {
      let stop: (() => void) | undefined
      const { port, logged, engine } = await stopping(
        writes,
        (socket) => {
          stop = () => then(socket)
          if (cut !== true) stop()
        },
        60_000,
      )
      const client = await raw(port, request)
      if (cut === true) {
        await client.until('\r\n\r\n')
        while (stop === undefined) await new Promise((resolve) => setImmediate(resolve))
        ;(stop as () => void)()
      }
      if (cut === true) expect(await client.end()).not.toMatch(/0\r\n(x: y\r\n)?\r\n$/)
      else expect(await client.until('\r\n\r\n')).toMatch(/HTTP\/1.1 (503|100)/)
      while (logged().length === 0) await new Promise((resolve) => setImmediate(resolve))
      expect(logged()[0]).toMatchObject({ response_code: cut === true ? 200 : 503, response_flags: 'UC' })
      client.socket.destroy()
      await engine.close()
      await socketsBackTo(before)
    })

    test(`that stops ${where}`, async () => {
      const { port, logged, engine } = await stopping(writes, () => {}, 150)
      const client = await raw(port, request)
      if (cut === true) expect(await client.end()).not.toMatch(/0\r\n(x: y\r\n)?\r\n$/)
      else expect(await client.until('stream timeout')).toMatch(/HTTP\/1.1 (504|408)/)
      const status = cut === true ? 200 : request === POST ? 408 : 504
      expect(logged()[0]).toMatchObject({ response_code: status, response_flags: 'SI' })
      client.socket.destroy()
      await engine.close()
      await socketsBackTo(before)
    })
  }

  test('that stops reading: the client is held back, then told', async () => {
    let stopped: Socket | undefined
    const upstream = await tcpBackend((socket) => {
      stopped = socket.pause()
    })
    const { port, engine } = await gateway(
      [route(forward('app', { idleTimeoutMs: 200 }))],
      [cluster('app', [endpoint(upstream)])],
    )
    const client = await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
    let sent = 0
    const piece = Buffer.alloc(256 * 1024)
    const more = (): void => {
      if (client.closed || client.socket.destroyed) return
      sent += piece.length
      if (client.socket.write(piece)) setImmediate(more)
      else client.socket.once('drain', more)
    }
    more()
    expect(await client.until('stream timeout')).toContain('HTTP/1.1 408')
    expect(sent).toBeLessThan(64 * 1024 * 1024)
    stopped?.destroy()
    client.socket.destroy()
    await engine.close()
    await socketsBackTo(before)
  })
})

describe('an upstream of HTTP/2', () => {
  type Stop = (stream: import('node:http2').ServerHttp2Stream) => void
  const stops: readonly (readonly [string, Stop, 'cut' | 'early', string])[] = [
    ['resets before it answers', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 'early', 'UR'],
    [
      'resets in the body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('half', () => setTimeout(() => stream.destroy(new Error('cut')), 10))
      },
      'cut',
      'UR',
    ],
    ['loses its connection before it answers', (stream) => void stream.session?.destroy(), 'early', 'U[CR]'],
    [
      'loses its connection in the body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('half', () => setTimeout(() => stream.session?.destroy(), 10))
      },
      'cut',
      'U[CR]',
    ],
    ['stops before it answers', () => {}, 'early', 'SI'],
    [
      'stops in the body',
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('half')
      },
      'cut',
      'SI',
    ],
    [
      'stops before the trailers',
      (stream) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true })
        stream.on('wantTrailers', () => {})
        stream.end('half')
      },
      'cut',
      'SI',
    ],
  ]
  test.each(stops)('that %s', async (_what, stop, when, flag) => {
    const server = createHttp2()
    server.on('sessionError', () => {})
    const sessions = new Set<import('node:http2').ServerHttp2Session>()
    server.on('session', (session) => sessions.add(session.on('error', () => {})))
    server.on('stream', (stream) => {
      stream.on('error', () => {})
      stop(stream)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const close = (): void => {
      for (const session of sessions) session.destroy()
      server.close()
    }
    onTestFinished(close)
    const { port, logged, engine } = await gateway(
      [route(forward('app', { idleTimeoutMs: 150 }))],
      [cluster('app', [endpoint((server.address() as AddressInfo).port)], { protocol: 'http2' })],
    )
    for (const version of [1, 2]) {
      if (version === 1) {
        const client = await raw(port, GET)
        if (when === 'cut') expect(await client.end()).not.toContain('\r\n0\r\n')
        else expect(await client.until('\r\n\r\n')).toMatch(/HTTP\/1.1 50[34]/)
        client.socket.destroy()
      } else {
        const client = connect(`http://127.0.0.1:${port}`)
        const stream = client.request({ ':path': '/', ':authority': 'a' })
        stream.on('error', () => {})
        stream.resume()
        await new Promise((resolve) => stream.on('close', resolve))
        expect(stream.rstCode).toBe(
          when === 'cut' ? constants.NGHTTP2_INTERNAL_ERROR : constants.NGHTTP2_NO_ERROR,
        )
        client.destroy()
      }
      expect(logged().at(-1)?.['response_flags']).toMatch(new RegExp(`^${flag}$`))
    }
    await engine.close()
    close()
    await socketsBackTo(before)
  })
})

describe('an upstream behind TLS', () => {
  const hello: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['says nothing', () => {}],
    ['ends in the handshake', (socket) => void socket.once('data', () => socket.end())],
    ['resets in the handshake', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    [
      'speaks something else',
      (socket) => void socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
    [
      'stops in the handshake',
      (socket) => void socket.once('data', () => socket.write(Buffer.from([22, 3, 3, 0, 80, 2, 0, 0, 76]))),
    ],
  ]
  test.each(hello)('that %s: 503 UF, and never in plaintext', async (_what, serve) => {
    const blobs = new TestBlobs()
    const authority = new TestAuthority(blobs)
    let bytes = ''
    const upstream = await tcpBackend((socket) => {
      socket.on('data', (chunk) => {
        bytes += chunk.toString('latin1')
      })
      serve(socket)
    })
    const port = await freePort()
    const { use, log, engine } = testEngine(blobs)
    const context = { sni: 'a.test', verify: { trust: authority.trust }, alpn: [] }
    await use(
      proxy(
        'g',
        [
          listener(port, [
            chain(manager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'istio-json' })),
          ]),
        ],
        [cluster('app', [endpoint(upstream)], { connectTimeoutMs: 150, tls: { when: 'always', context } })],
      ),
    )
    const client = await raw(port, GET)
    expect(await client.until('\r\n\r\n')).toContain('HTTP/1.1 503')
    expect(JSON.parse(log[0]?.line ?? '{}')).toMatchObject({ response_flags: 'UF' })
    expect(bytes).not.toContain('GET')
    client.socket.destroy()
    await engine.close()
  })
})

afterEach(() => {
  expect(sockets()).toBeLessThan(before + 10)
})
