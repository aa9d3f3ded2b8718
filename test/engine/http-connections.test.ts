// Connections of clients: keep-alive, pipelining, interim answers, upgrades, bodies larger than any buffer, timeouts.
import { createHash } from 'node:crypto'
import { type ClientRequest, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { backend, scripted, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { albManager, cluster, endpoint, forward, route, table, virtualHost } from './testing/model.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function withApp(rest = {}, clusterRest = {}) {
  const app = await backend()
  return {
    app,
    ...(await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)], clusterRest)], rest)),
  }
}

/** An ALB in front of an upstream. */
function alb(port: number, rest = {}) {
  return gateway(albManager(table(virtualHost(['*'], [route(forward('app'))])), rest), [
    cluster('app', [endpoint(port)]),
  ])
}

test('many requests on one connection use one connection upstream', async () => {
  const { port, app } = await withApp()
  const client = await raw(port)
  for (let i = 1; i <= 20; i++) {
    client.write(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`)
    await client.until(`"url":"/${i}"`)
  }
  expect(app.connections()).toBe(1)
})

test('pipelined requests are answered in order, one after the other', async () => {
  const { port, app } = await withApp()
  const client = await raw(port)
  const count = 50
  client.write(Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  const text = await client.until(`"url":"/${count - 1}"`)
  expect([...text.matchAll(/"url":"\/(\d+)"/g)].map(([, url]) => Number(url))).toEqual(
    Array.from({ length: count }, (_, i) => i),
  )
  expect(app.connections()).toBe(1)
})

test('Connection: close ends the connection, and the upstream does not hear of it', async () => {
  const { port, app } = await withApp()
  const client = await raw(
    port,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop\r\nX-Hop: secret\r\nKeep-Alive: timeout=5\r\n\r\n',
  )
  expect(await client.end()).toContain('connection: close')
  const headers = app.seen[0]?.headers ?? {}
  expect([headers['x-hop'], headers['keep-alive']]).toEqual([undefined, undefined])
})

test('an answer that the upstream ends by closing is chunked for the client, whose connection goes on', async () => {
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => {
      socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end')
    })
  })
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(port, GET)
  expect(await client.until('0\r\n\r\n')).toContain('transfer-encoding: chunked')
  client.text = ''
  client.write(GET)
  expect(await client.until('until the end')).toContain('HTTP/1.1 200')
})

test('HEAD has the length of its body, 204 and 304 have none', async () => {
  const upstream = await scripted([
    'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 1000\r\n\r\n',
    OK,
  ])
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await client.until('\r\n\r\n')).toContain('content-length: 1000')
  for (const status of ['204', '304', '200']) {
    client.text = ''
    client.write(GET)
    expect(await client.until('\r\n\r\n')).toContain(`HTTP/1.1 ${status}`)
  }
})

test('HEAD of what the proxy itself answers has no body', async () => {
  const { port } = await gateway([route({ kind: 'direct-response', status: 200, body: 'hello' })], [])
  const client = await raw(port, `HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`)
  const text = await client.until('\r\n\r\nhello')
  expect(text.split('HTTP/1.1 200')).toHaveLength(3)
  expect(text.split('\r\n\r\n')[1]).toMatch(/^HTTP\/1.1 200/)
})

test('Expect: 100-continue goes to the upstream, whose word decides', async () => {
  const server = createServer((_request, response) => response.end('no'))
  const continued = new Promise<void>((resolve) => {
    server.on('checkContinue', (request, response) => {
      resolve()
      response.writeContinue()
      request.resume()
      request.on('end', () => response.end('yes'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const upstream = (server.address() as AddressInfo).port
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
  )
  await continued
  await client.until('HTTP/1.1 100 Continue')
  client.write('hi')
  expect(await client.until('yes')).toContain('HTTP/1.1 200')
})

test('the ALB answers Expect: 100-continue itself', async () => {
  const app = await backend()
  const { port } = await alb(app.port)
  const client = await raw(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
  )
  await client.until('HTTP/1.1 100 Continue')
  client.write('hi')
  await client.until('HTTP/1.1 200')
  expect(app.seen[0]?.headers['expect']).toBeUndefined()
})

test('103 is passed on', async () => {
  const upstream = await scripted([`HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n${OK}`])
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(port, GET)
  expect(await client.until('\r\n\r\nok')).toMatch(
    /^HTTP\/1.1 103 Early Hints\r\nlink: <\/a.css>\r\n\r\nHTTP\/1.1 200 OK/,
  )
})

function webSocketBackend(): Promise<number> {
  return tcpBackend((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(chunk.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\nearly`,
      )
      socket.on('data', (bytes: Buffer) => socket.write(bytes.toString('latin1').toUpperCase(), 'latin1'))
      socket.on('end', () => socket.end('bye'))
    })
  })
}

const UPGRADE =
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

test('a WebSocket is passed through both ways', async () => {
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await webSocketBackend())])],
  )
  const client = await raw(port, UPGRADE)
  const head = await client.until('early')
  expect(head).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
  expect(head).toContain('connection: upgrade\r\n')
  expect(head.toLowerCase()).toContain('s3pplmbitxaq9kygzzhzrbk+xoo=')
  client.write('hello')
  await client.until('HELLO')
  client.socket.end()
  expect(await client.end()).toContain('bye')
  expect(logged()[0]).toMatchObject({ response_code: 101 })
})

test('a WebSocket that the upstream refuses is an ordinary answer', async () => {
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await scripted(['HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno']))])],
  )
  const client = await raw(port, UPGRADE)
  expect(await client.until('\r\n\r\nno')).toContain('HTTP/1.1 400')
})

test('an upgrade that the manager does not know: 403', async () => {
  const { port } = await withApp()
  const client = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: irc\r\n\r\n')
  expect(await client.until('\r\n\r\n')).toContain('HTTP/1.1 403')
})

test('what a client sends before the answer to its upgrade comes through, in order', async () => {
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await webSocketBackend())])],
  )
  const client = await raw(port, `${UPGRADE}one `)
  client.write('two ')
  await client.until('early')
  client.write('three')
  expect(await client.until('THREE')).toContain('ONE TWO THREE')
})

test.each([
  [
    'in chunks',
    'Transfer-Encoding: chunked',
    (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ],
  ['with a length', '', (body: string) => body],
])(
  'an upgrade with a body %s is an ordinary request, whose body is no other request',
  async (_how, field, framed) => {
    const { port, app } = await withApp()
    const body = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n'
    const framing = field === '' ? `Content-Length: ${body.length}` : field
    const client = await raw(
      port,
      `POST /open HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n${framing}\r\n\r\n${framed(body)}${GET}`,
    )
    await client.until('"url":"/"')
    expect(app.seen.map(({ url, headers }) => [url, headers['upgrade']])).toEqual([
      ['/open', undefined],
      ['/', undefined],
    ])
  },
)

test('Upgrade without Connection: upgrade is nothing', async () => {
  const { port, app } = await withApp()
  expect((await ask({ port, headers: { upgrade: 'websocket' } })).status).toBe(200)
  expect(app.seen[0]?.headers['upgrade']).toBeUndefined()
})

test('a large body passes both ways, whole, without piling up', async () => {
  const size = 30 * 1024 * 1024
  const app = createServer((request, response) => {
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk))
    request.on('end', () => {
      response.setHeader('x-sha', hash.digest('hex'))
      let left = size
      const more = (): void => {
        while (left > 0) {
          const piece = Buffer.alloc(Math.min(left, 64 * 1024), left % 251)
          left -= piece.length
          if (!response.write(piece)) {
            response.once('drain', more)
            return
          }
        }
        response.end()
      }
      more()
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void app.close())
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint((app.address() as AddressInfo).port)])],
  )
  const before = process.memoryUsage().arrayBuffers
  let peak = 0
  const sent = createHash('sha256')
  const received = createHash('sha256')
  const expected = createHash('sha256')
  for (let left = size; left > 0; left -= Math.min(left, 64 * 1024))
    expected.update(Buffer.alloc(Math.min(left, 64 * 1024), left % 251))
  const sha = await new Promise<unknown>((resolve, reject) => {
    const request: ClientRequest = httpRequest(
      { host: '127.0.0.1', port, method: 'POST', agent: false },
      (response) => {
        response.on('data', (chunk: Buffer) => {
          received.update(chunk)
          peak = Math.max(peak, process.memoryUsage().arrayBuffers)
        })
        response.on('end', () => resolve(response.headers['x-sha']))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    let left = size
    const more = (): void => {
      while (left > 0) {
        const piece = Buffer.alloc(Math.min(left, 50_000), left % 253)
        left -= piece.length
        sent.update(piece)
        if (!request.write(piece)) {
          request.once('drain', more)
          return
        }
      }
      request.end()
    }
    more()
  })
  expect(sha).toBe(sent.digest('hex'))
  expect(received.digest('hex')).toBe(expected.digest('hex'))
  expect(peak - before).toBeLessThan(size * 2)
})

test('a client that does not read stops the upstream', async () => {
  let paused: (() => void) | undefined
  const stopped = new Promise<void>((resolve) => {
    paused = resolve
  })
  let written = 0
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n')
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (socket.write(piece)) written += piece.length
        written += piece.length
        const timer = setTimeout(() => paused?.(), 300)
        socket.once('drain', () => {
          clearTimeout(timer)
          more()
        })
      }
      more()
    })
  })
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(port)
  client.socket.pause()
  client.write(GET)
  await stopped
  expect(written).toBeLessThan(50 * 1024 * 1024)
})

test('a head that does not come in time: 408', async () => {
  const { port } = await withApp({ limits: { ...limits, requestHeadersTimeoutMs: 50 } })
  const client = await raw(port, 'GET / HTTP/1.1\r\nHost: a')
  expect(await client.end()).toContain('HTTP/1.1 408')
})

test('an idle connection is closed without a word', async () => {
  const { port } = await withApp({ limits: { ...limits, idleTimeoutMs: 50 } })
  const client = await raw(port, GET)
  await client.until('"url"')
  client.text = ''
  expect(await client.end()).toBe('')
})

test('a stream on which nothing moves: 504 SI, 408 while the request is not whole', async () => {
  const silent = await scripted([])
  const { port, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(silent)])], {
    limits: { ...limits, streamIdleTimeoutMs: 50 },
  })
  const whole = await raw(port, GET)
  expect(await whole.until('stream timeout')).toContain('HTTP/1.1 504')
  const half = await raw(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
  expect(await half.until('stream timeout')).toContain('HTTP/1.1 408')
  expect(logged().map(({ response_flags: flags }) => flags)).toEqual(['SI', 'SI'])
})

test('a connection serves so many requests and no more', async () => {
  const { port } = await withApp({ limits: { ...limits, maxRequestsPerConnection: 3 } })
  const client = await raw(port)
  client.write(GET.repeat(5))
  const text = await client.end()
  expect(text.split('HTTP/1.1 200')).toHaveLength(4)
  expect(text.split('connection: close')).toHaveLength(2)
})

test('an early answer while the body still comes', async () => {
  const upstream = await tcpBackend((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\n\r\nbig'))
  })
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(
    port,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1000)}`,
  )
  expect(await client.until('\r\n\r\nbig')).toContain('HTTP/1.1 413')
  for (let i = 0; i < 10; i++) client.write('x'.repeat(10_000))
  expect(await client.end()).toContain('connection: close')
})

test('HTTP/1.0 on the ALB: answered, closed at the end, kept when asked', async () => {
  const app = await backend((_seen, response) => response.end('x'.repeat(10)))
  const { port } = await alb(app.port)
  const closing = await raw(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n')
  expect(await closing.end()).toContain('HTTP/1.1 200')
  const kept = await raw(port, 'GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
  expect(await kept.until('x'.repeat(10))).toContain('connection: keep-alive')
  const chunked = await scripted([
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ])
  const { port: at } = await alb(chunked)
  const old = await raw(at, 'GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n')
  const text = await old.end()
  expect(text.endsWith('\r\n\r\nabc')).toBe(true)
  expect(text).not.toContain('transfer-encoding')
})

test('the ALB answers an oversized field with 400 and its page', async () => {
  const app = await backend()
  const { port } = await alb(app.port, { accessLog: 'iks-json' })
  const client = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`)
  expect(await client.until('</html>')).toContain('HTTP/1.1 400')
})

const limits = {
  maxHeaderBytes: 61_440,
  maxHeaders: 100,
  requestHeadersTimeoutMs: 0,
  idleTimeoutMs: 3_600_000,
  streamIdleTimeoutMs: 0,
  maxRequestsPerConnection: 0,
  maxConcurrentStreams: 0,
}

test('a last response arrives whole at a client that takes its time', async () => {
  // More than the kernel holds for a connection: when the client stops reading, some of it is still in the proxy.
  const body = 'x'.repeat(32 * 1024 * 1024)
  const { port } = await gateway([route({ kind: 'direct-response', status: 200, body })], [])
  const client = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  client.socket.pause()
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  client.socket.resume()
  const text = await client.end()
  expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(body.length)
})

test('a client that takes nothing more of a last response is cut off', async () => {
  const { port, engine } = await gateway(
    [route({ kind: 'direct-response', status: 200, body: 'x'.repeat(32 * 1024 * 1024) })],
    [],
    { limits: { ...limits, streamIdleTimeoutMs: 50 } },
  )
  const client = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  client.socket.pause()
  await vi.waitFor(
    async () => expect(await engine.metrics()).toMatch(/^sallyport_downstream_connections\{[^}]*\} 0$/m),
    {
      timeout: 15_000,
    },
  )
})

test('of a request that breaks off in its fields, the log has nothing of the one before', async () => {
  const { port, logged } = await withApp()
  const client = await raw(port, 'GET /before HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('"url"')
  client.write('POST /broken HTTP/1.1\r\nHost : a\r\n\r\n')
  await client.end()
  expect(logged().map(({ method, path }) => [method, path])).toEqual([
    ['GET', '/before'],
    ['-', '-'],
  ])
})
