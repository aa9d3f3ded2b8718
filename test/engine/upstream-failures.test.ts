// What a client hears, and what the log says, when an upstream does not do its part (istio.md, "Failure outputs").
import { expect, test } from 'vitest'
import { backend, scripted, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import {
  albManager,
  cluster,
  endpoint,
  forward,
  freePort,
  route,
  table,
  virtualHost,
} from './testing/model.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const RETRY = {
  attempts: 2,
  on: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'],
  backoffMs: 1,
}

test('no cluster: 503 NC', async () => {
  const { port, logged } = await gateway([route(forward('missing'))], [])
  expect(await ask({ port })).toMatchObject({ status: 503, body: '' })
  expect(logged()[0]).toMatchObject({ response_flags: 'NC', response_code_details: 'cluster_not_found' })
})

test('no endpoint: 503 UH', async () => {
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(1, { healthy: false })])],
  )
  expect(await ask({ port })).toMatchObject({ status: 503, body: 'no healthy upstream' })
  expect(logged()[0]).toMatchObject({ response_flags: 'UH', response_code_details: 'no_healthy_upstream' })
})

test('no endpoint, with an answer of its own: that', async () => {
  const { port } = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [], {
        noEndpoints: { status: 501, body: 'Unable to fetch upstream endpoints from svc' },
      }),
    ],
  )
  expect(await ask({ port })).toMatchObject({
    status: 501,
    body: 'Unable to fetch upstream endpoints from svc',
  })
})

test('a cluster that could not be built: 503 with its reason, never another way', async () => {
  const { port } = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [endpoint((await backend()).port)], {
        refuse: { reason: 'SP0202', message: 'no trust' },
      }),
    ],
  )
  const got = await ask({ port })
  expect([got.status, got.headers['x-sallyport-reason']]).toEqual([503, 'SP0202'])
})

test('connection refused: 503 UF, URX once retries are used up', async () => {
  const nobody = await freePort()
  const app = cluster('app', [endpoint(nobody)])
  const plain = await gateway([route(forward('app'))], [app])
  expect((await ask({ port: plain.port })).body).toBe(
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused',
  )
  expect(plain.logged()[0]).toMatchObject({
    response_code: 503,
    response_flags: 'UF',
    upstream_host: `127.0.0.1:${nobody}`,
    upstream_transport_failure_reason: 'delayed_connect_error:_Connection_refused',
  })
  const retried = await gateway([route(forward('app', { retry: RETRY }))], [app])
  expect((await ask({ port: retried.port })).body).toContain('retried and the latest reset reason')
  expect(retried.logged()[0]).toMatchObject({ response_flags: 'URX,UF' })
})

test('a retry goes to another endpoint', async () => {
  const good = await backend()
  const { port, logged } = await gateway(
    [route(forward('app', { retry: RETRY }))],
    [cluster('app', [endpoint(await freePort()), endpoint(good.port)])],
  )
  for (let i = 0; i < 4; i++) expect((await ask({ port, method: 'POST', body: 'hello' })).status).toBe(200)
  expect(good.seen.map(({ body }) => body)).toEqual(['hello', 'hello', 'hello', 'hello'])
  expect(good.seen.map(({ headers }) => headers['x-envoy-attempt-count'])).toContain('2')
  expect(logged()).toHaveLength(4)
})

test('the upstream closes before an answer: 503 UC', async () => {
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await scripted([null]))])],
  )
  expect((await ask({ port })).body).toContain('reset reason: connection termination')
  expect(logged()[0]).toMatchObject({
    response_flags: 'UC',
    response_code_details: 'upstream_reset_before_response_started{connection_termination}',
  })
})

test('the upstream closes in the middle of an answer: the client sees that it is cut', async () => {
  const port = await scripted(['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'])
  const half = await tcpBackend((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
      socket.end()
    })
  })
  const { port: at, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(half)])])
  await expect(ask({ port: at })).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  expect(logged()[0]).toMatchObject({
    response_code: 200,
    response_flags: 'UC',
    response_code_details: 'upstream_reset_after_response_started{connection_termination}',
  })
  expect(port).toBeGreaterThan(0)
})

test('a chunked answer that is cut is cut for the client too', async () => {
  const half = await tcpBackend((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')
      socket.end()
    })
  })
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(half)])])
  const client = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await client.end()).not.toContain('0\r\n\r\n')
})

test.each([
  ['a bad status line', 'HTTP/1.1 abc\r\n\r\n'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
  ['a bad length', 'HTTP/1.1 200 OK\r\ncontent-length: 5x\r\n\r\nhello'],
  ['another coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nhello'],
  ['a folded field', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 0\r\n\r\n'],
  ['a field that splits', 'HTTP/1.1 200 OK\r\na: b\rc: d\r\ncontent-length: 0\r\n\r\n'],
  [
    'a switch nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ],
])('an answer with %s: 502 UPE', async (_name, answer) => {
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await scripted([answer]))])],
  )
  expect((await ask({ port })).status).toBe(502)
  expect(logged()[0]).toMatchObject({ response_flags: 'UPE' })
})

test('no answer in time: 504 UT', async () => {
  const { port, logged } = await gateway(
    [route(forward('app', { timeoutMs: 30 }))],
    [cluster('app', [endpoint(await scripted([]))])],
  )
  expect(await ask({ port })).toMatchObject({ status: 504, body: 'upstream request timeout' })
  expect(logged()[0]).toMatchObject({ response_flags: 'UT', response_code_details: 'response_timeout' })
})

test('a try that takes too long is made again', async () => {
  const { port, logged } = await gateway(
    [route(forward('app', { retry: { attempts: 2, on: ['5xx'], perTryTimeoutMs: 40, backoffMs: 1 } }))],
    [cluster('app', [endpoint(await scripted([undefined, OK]))])],
  )
  expect((await ask({ port })).status).toBe(200)
  expect(logged()[0]).toMatchObject({ response_code: 200, response_flags: '-' })
})

test('a status to be retried is retried, and given when nothing better comes', async () => {
  let count = 0
  const app = await backend((_seen, response) => {
    response.statusCode = ++count % 3 === 0 ? 200 : 503
    response.end('x')
  })
  const retry = (attempts: number) =>
    forward('app', { retry: { attempts, on: ['gateway-error'], backoffMs: 1 } })
  const two = await gateway([route(retry(2))], [cluster('app', [endpoint(app.port)])])
  expect((await ask({ port: two.port })).status).toBe(200)
  const one = await gateway([route(retry(1))], [cluster('app', [endpoint(app.port)])])
  expect((await ask({ port: one.port })).status).toBe(503)
  expect(one.logged()[0]).toMatchObject({ response_flags: 'URX', response_code_details: 'via_upstream' })
})

test('a body that is gone is never sent again', async () => {
  let connections = 0
  const upstream = await tcpBackend((socket) => {
    connections++
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > 100_000) socket.destroy()
    })
  })
  const retry = { attempts: 3, on: ['5xx', 'reset'], backoffMs: 1 }
  const { port } = await gateway([route(forward('app', { retry }))], [cluster('app', [endpoint(upstream)])])
  const client = await raw(port)
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n${'x'.repeat(300_000)}`)
  expect(await client.until('\r\n\r\n')).toContain('HTTP/1.1 503')
  expect(connections).toBe(1)
})

test('a kept connection that the upstream has closed is not the client’s affair', async () => {
  // The backend answers once on each connection and closes it when the next request comes.
  const port = await tcpBackend((socket) => {
    let first = true
    socket.on('data', () => {
      if (first) socket.write(OK)
      else socket.destroy()
      first = false
    })
  })
  const { port: at } = await gateway([route(forward('app'))], [cluster('app', [endpoint(port)])])
  for (let i = 0; i < 5; i++) expect((await ask({ port: at })).status).toBe(200)
  // A request that may have had an effect is not sent twice.
  expect((await ask({ port: at, method: 'POST', body: 'x' })).status).toBe(503)
})

test('over the limit of requests: 503 UO', async () => {
  const { port, logged } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(await scripted([]))], { limits: { maxRequests: 1 } })],
  )
  await raw(port, 'GET /first HTTP/1.1\r\nHost: a\r\n\r\n')
  const second = await raw(port, 'GET /second HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await second.until('overflow')).toContain('HTTP/1.1 503')
  expect(logged()[0]).toMatchObject({ response_flags: 'UO', path: '/second' })
})

test('over the limit of connections a request waits for one to become free', async () => {
  const app = await backend((_seen, response) => setImmediate(() => response.end('ok')))
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(app.port)], { limits: { maxConnections: 1 } })],
  )
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ port })))
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  expect(app.connections()).toBe(1)
})

test('an endpoint that fails in a row is left alone', async () => {
  const bad = await scripted(Array.from({ length: 100 }, () => null))
  const good = await backend()
  const { port } = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [endpoint(bad), endpoint(good.port)], {
        outlier: { consecutive5xx: 2, intervalMs: 1000, baseEjectionMs: 60_000, maxEjectionPercent: 100 },
      }),
    ],
  )
  const statuses: number[] = []
  for (let i = 0; i < 12; i++) statuses.push((await ask({ port, method: 'POST' })).status)
  expect(statuses.filter((status) => status === 503)).toHaveLength(2)
  expect(statuses.slice(-7)).toEqual([200, 200, 200, 200, 200, 200, 200])
})

test('on the ALB: 502, 504 and their pages', async () => {
  const handler = (extra = {}) =>
    albManager(table(virtualHost(['*'], [route(forward('app', extra))])), { accessLog: 'iks-json' })
  const refused = await gateway(handler(), [cluster('app', [endpoint(await freePort())])])
  const bad = await ask({ port: refused.port })
  expect(bad.status).toBe(502)
  expect(bad.headers['content-type']).toBe('text/html')
  expect(bad.body).toContain('<center><h1>502 Bad Gateway</h1></center>')
  const slow = await gateway(handler(), [
    cluster('app', [endpoint(await scripted([]))], { readTimeoutMs: 50 }),
  ])
  const late = await ask({ port: slow.port })
  expect([late.status, late.body.includes('504 Gateway Time-out')]).toEqual([504, true])
  expect(slow.logged()[0]).toMatchObject({ status: 504, request_uri: '/', upstream_status: '' })
})

test('a client that goes away takes its upstream request with it: DC', async () => {
  let gone: (() => void) | undefined
  const left = new Promise<void>((resolve) => {
    gone = resolve
  })
  let came: (() => void) | undefined
  const arrived = new Promise<void>((resolve) => {
    came = resolve
  })
  const port = await tcpBackend((socket) => {
    socket.on('data', () => came?.())
    socket.on('end', () => gone?.())
  })
  const { port: at, logged } = await gateway([route(forward('app'))], [cluster('app', [endpoint(port)])])
  const client = await raw(at, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await arrived
  client.socket.destroy()
  await left
  expect(logged()[0]).toMatchObject({
    response_code: 0,
    response_flags: 'DC',
    response_code_details: 'downstream_remote_disconnect',
  })
})
