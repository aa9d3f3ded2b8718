// Between the versions of HTTP: what may not cross does not, what is said by resets and GOAWAY is said in the other's words.
import { createServer as createHttp1 } from 'node:http'
import {
  connect,
  constants,
  createServer as createHttp2,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { scripted, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { Frame, type FramePeer, frameServer } from './testing/http2-frames.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

async function http2Upstream(
  serve: (stream: ServerHttp2Stream, path: string, session: number, headers: Record<string, unknown>) => void,
) {
  const sessions: ServerHttp2Session[] = []
  const server = createHttp2()
  server.on('session', (session) => sessions.push(session))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    serve(stream, headers[':path'] ?? '', sessions.indexOf(stream.session as ServerHttp2Session) + 1, headers)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, sessions }
}

function session(port: number) {
  const client = connect(`http://127.0.0.1:${port}`)
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  return client
}

/** Status, or how the stream was reset. */
function outcome(
  client: ReturnType<typeof session>,
  path: string,
): Promise<{ status?: number; reset?: number; body: string }> {
  return new Promise((resolve) => {
    const stream = client.request({ ':path': path, ':authority': 'a.test' })
    let status: number | undefined
    let body = ''
    stream.on('response', (headers) => {
      status = headers[':status']
    })
    stream.on('data', (chunk) => {
      body += chunk
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      const reset = stream.rstCode
      resolve({ ...(status === undefined ? {} : { status }), ...(reset ? { reset } : {}), body })
    })
  })
}

test('fields that are repeated cross, also those of which HTTP/2 in Node takes one only', async () => {
  const server: Server = createHttp1((_request, response) => {
    response.writeHead(
      200,
      [
        ['content-type', 'a'],
        ['content-type', 'b'],
        ['etag', '"1"'],
        ['etag', '"2"'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-a', 'caf\xe9'],
      ].flat(),
    )
    response.end('ok')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint((server.address() as AddressInfo).port)])],
  )
  const stream = session(port).request({ ':path': '/', ':authority': 'a.test' })
  const headers = await new Promise<Record<string, unknown>>((resolve) => stream.on('response', resolve))
  expect(headers).toMatchObject({
    'content-type': 'a, b',
    etag: '"1", "2"',
    'set-cookie': ['a=1', 'b=2'],
    'x-a': 'caf\xe9',
  })

  const seen: Record<string, unknown>[] = []
  const { port: upstream } = await http2Upstream((one, _path, _session, given) => {
    seen.push(given)
    one.respond({ ':status': 200 }, { endStream: true })
  })
  const other = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
  )
  const client = await raw(
    other.port,
    'GET / HTTP/1.1\r\nHost: a\r\nAuthorization: one\r\nAuthorization: two\r\nX-B: 1\r\nX-B: 2\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n',
  )
  await client.until('HTTP/1.1 200')
  expect(seen[0]).toMatchObject({ authorization: 'one, two', 'x-b': '1, 2', cookie: 'a=1; b=2' })
})

test('answers without a body over HTTP/2 leave nothing behind in HTTP/1.1', async () => {
  const { port: upstream } = await http2Upstream((stream, path) => {
    const status = path === '/204' ? 204 : path === '/304' ? 304 : 200
    stream.respond({ ':status': status, 'x-path': path }, { endStream: path !== '/get' })
    if (path === '/get') stream.end('body')
  })
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
  )
  const client = await raw(
    port,
    'HEAD /head HTTP/1.1\r\nHost: a\r\n\r\nGET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET /get HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  const text = await client.until('body\r\n0\r\n\r\n')
  const heads = text.split('\r\n\r\n')
  expect(heads.slice(0, 4).map((head) => head.split('\r\n')[0])).toEqual([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 204 No Content',
    'HTTP/1.1 304 Not Modified',
    'HTTP/1.1 200 OK',
  ])
  expect(heads.slice(0, 3).some((head) => /transfer-encoding|content-length/.test(head))).toBe(false)
})

describe('resets', () => {
  test('a client that cancels is gone for the upstream, in the words of its version', async () => {
    let [cancelled, closed]: (((code?: number) => void) | undefined)[] = []
    const told = new Promise<number | undefined>((resolve) => {
      cancelled = resolve
    })
    const left = new Promise<void>((resolve) => {
      closed = () => resolve()
    })
    const cancel = new Map<string, () => void>()
    const { port: two } = await http2Upstream((stream) => {
      stream.on('close', () => cancelled?.(stream.rstCode))
      cancel.get('/two')?.()
    })
    const one = await tcpBackend((socket) => {
      socket.on('end', () => closed?.())
      socket.on('data', () => cancel.get('/one')?.())
    })
    const { port, logged } = await gateway(
      [route(forward('two'), { match: { path: { kind: 'exact', value: '/two' } } }), route(forward('one'))],
      [cluster('two', [endpoint(two)], { protocol: 'http2' }), cluster('one', [endpoint(one)])],
    )
    const client = session(port)
    for (const path of ['/one', '/two']) {
      const stream = client.request({ ':path': path, ':authority': 'a.test', ':method': 'POST' })
      stream.on('error', () => {})
      cancel.set(path, () => stream.close(constants.NGHTTP2_CANCEL))
      stream.write('x')
    }
    await left
    expect(await told).toBe(constants.NGHTTP2_CANCEL)
    expect(logged().map(({ response_flags }) => response_flags)).toEqual(['DC', 'DC'])
  })

  test('a request that is given up in the middle never seems whole upstream', async () => {
    let upstream: FramePeer | undefined
    const port = await tcpBackend((socket) => {
      upstream = frameServer(socket)
    })
    const { port: at } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(port)], { protocol: 'http2' })],
    )
    const client = await raw(
      at,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    )
    while (upstream === undefined) await new Promise((resolve) => setImmediate(resolve))
    await upstream.frame(({ type }) => type === Frame.data)
    client.socket.destroy()
    const reset = await upstream.frame(({ type }) => type === Frame.reset)
    expect(reset?.payload.readUInt32BE(0)).toBe(constants.NGHTTP2_CANCEL)
    const ended = upstream.frames.filter(({ type, flags }) => type === Frame.data && (flags & 1) !== 0)
    expect(ended).toEqual([])
  })

  test('an answer that is cut upstream is cut for either client', async () => {
    const { port: two } = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('half', () => setTimeout(() => stream.destroy(new Error('cut')), 20))
    })
    const one = await tcpBackend((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', () =>
          setTimeout(() => socket.destroy(), 20),
        ),
      )
    })
    for (const [upstream, protocol] of [
      [two, 'http2'],
      [one, 'http1'],
    ] as const) {
      const { port, logged } = await gateway(
        [route(forward('app'))],
        [cluster('app', [endpoint(upstream)], { protocol })],
      )
      expect(await outcome(session(port), '/')).toEqual({
        status: 200,
        body: 'half',
        reset: constants.NGHTTP2_INTERNAL_ERROR,
      })
      const client = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
      const text = await client.end()
      expect([text.includes('half'), text.includes('0\r\n\r\n')]).toEqual([true, false])
      expect(logged().map(({ response_flags }) => response_flags)).toEqual(
        protocol === 'http2' ? ['UR', 'UR'] : ['UC', 'UC'],
      )
    }
  })

  test('REFUSED_STREAM is tried again where the route says so, and is 503 UR where not', async () => {
    let count = 0
    const { port: upstream } = await http2Upstream((stream) => {
      if (++count % 2 === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else stream.respond({ ':status': 200 }, { endStream: true })
    })
    const retry = { attempts: 1, on: ['refused-stream'], backoffMs: 1 }
    const app = cluster('app', [endpoint(upstream)], { protocol: 'http2' })
    const again = await gateway([route(forward('app', { retry }))], [app])
    expect((await ask({ port: again.port, method: 'POST', body: 'hello' })).status).toBe(200)
    const once = await gateway([route(forward('app'))], [app])
    expect((await ask({ port: once.port })).status).toBe(503)
    expect(once.logged()[0]).toMatchObject({
      response_flags: 'UR',
      response_code_details: 'upstream_reset_before_response_started{remote_reset}',
    })
  })
})

describe('GOAWAY', () => {
  test('a request in flight ends as it will, the next takes a new connection', async () => {
    let finish: (() => void) | undefined
    const { port: upstream, sessions } = await http2Upstream((stream, path, session) => {
      if (path !== '/slow') {
        stream.respond({ ':status': 200 })
        stream.end(String(session))
        return
      }
      finish = () => {
        stream.respond({ ':status': 200 })
        stream.end(String(session))
      }
      stream.session?.goaway(constants.NGHTTP2_NO_ERROR)
    })
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
    )
    expect((await ask({ port })).body).toBe('1')
    const slow = ask({ port, path: '/slow' })
    while (finish === undefined) await new Promise((resolve) => setImmediate(resolve))
    let body = '1'
    // The GOAWAY is on its way.
    while (body === '1') body = (await ask({ port })).body
    expect(body).toBe('2')
    finish()
    expect((await slow).body).toBe('1')
    expect(sessions).toHaveLength(2)
  })

  test('requests that it says were not handled are tried again', async () => {
    const { port: upstream } = await http2Upstream((stream, _path, session) => {
      if (session === 1 && (stream.id ?? 0) > 1) stream.session?.goaway(constants.NGHTTP2_NO_ERROR, 1)
      else {
        stream.respond({ ':status': 200 })
        stream.end(String(session))
      }
    })
    const retry = { attempts: 2, on: ['refused-stream'], backoffMs: 1 }
    const { port, logged } = await gateway(
      [route(forward('app', { retry }))],
      [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
    )
    expect((await ask({ port })).body).toBe('1')
    expect((await ask({ port, method: 'POST', body: 'x' })).body).toBe('2')
    expect(logged().map(({ response_code }) => response_code)).toEqual([200, 200])
  })

  test('a listener that goes away says so, and lets streams end', async () => {
    let answer: (() => void) | undefined
    const upstream = await tcpBackend((socket) => {
      socket.on('data', () => {
        answer = () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
      })
    })
    const { port, use } = await gateway([route(forward('app'))], [cluster('app', [endpoint(upstream)])])
    const client = session(port)
    const told = new Promise<number>((resolve) => client.on('goaway', resolve))
    const late = outcome(client, '/')
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve))
    await use()
    expect(await told).toBe(constants.NGHTTP2_NO_ERROR)
    answer()
    expect(await late).toEqual({ status: 200, body: 'late' })
  })
})

describe('HTTP/2 connections to an upstream', () => {
  const counting = () =>
    http2Upstream((stream, _path, session) => {
      stream.respond({ ':status': 200 })
      stream.end(String(session))
    })

  test('close when idle', async () => {
    const { port: upstream, sessions } = await counting()
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(upstream)], { protocol: 'http2', idleTimeoutMs: 50 })],
    )
    await ask({ port })
    while (sessions[0]?.destroyed !== true) await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await ask({ port })).body).toBe('2')
  })

  test('carry so many requests, live so long, or are not kept at all', async () => {
    for (const limit of [
      { maxRequestsPerConnection: 1 },
      { maxConnectionDurationMs: 1 },
      { idleTimeoutMs: 0 },
    ]) {
      const { port: upstream } = await counting()
      const { port } = await gateway(
        [route(forward('app'))],
        [cluster('app', [endpoint(upstream)], { protocol: 'http2', ...limit })],
      )
      const bodies: string[] = []
      for (let i = 0; i < 3; i++) {
        bodies.push((await ask({ port })).body)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      expect(bodies).toEqual(['1', '2', '3'])
    }
  })
})

test('an upstream that is to speak HTTP/2 and does not: 503', async () => {
  const upstream = await scripted(['HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'])
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
  )
  expect((await ask({ port })).status).toBe(503)
  expect(logged()[0]?.['response_flags']).toMatch(/^U[CRPE]+$/)
})
