// Ways to have one message taken for another, or for one of somebody else, each of which was open once.
import { connect as connectHttp2 } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HeaderMutations } from '../../src/ir/route.ts'
import { backend, scripted, tcpBackend } from '../engine/testing/backend.ts'
import { ask, raw } from '../engine/testing/client.ts'
import { gateway } from '../engine/testing/gateway.ts'
import { albManager, cluster, endpoint, forward, route, table, virtualHost } from '../engine/testing/model.ts'

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('responses', () => {
  test('a retried response with trailers is no answer to the request', async () => {
    const app = await scripted([
      'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nx-t: end\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes',
    ])
    const retry = { attempts: 1, on: ['5xx'], backoffMs: 1 }
    const { port } = await gateway([route(forward('app', { retry }))], [cluster('app', [endpoint(app)])])
    expect(await ask({ port })).toMatchObject({ status: 200, body: 'yes' })
  })

  test('trailers reach whose they are, however late those read', async () => {
    const port1 = await tcpBackend((socket) => {
      socket.on('data', (chunk: Buffer) => {
        const which = /GET \/(\w+)/.exec(chunk.toString('latin1'))?.[1] ?? ''
        const body = 'x'.repeat(which === 'slow' ? 100_000 : 1)
        const size = body.length.toString(16)
        socket.write(
          `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\nx-for: ${which}\r\n\r\n`,
        )
      })
    })
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(port1)], { limits: { maxConnections: 1 } })],
      { http2: true },
    )
    const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1024 } })
    onTestFinished(() => session.destroy())
    const get = (path: string) => {
      const stream = session.request({ ':path': path })
      const trailers = new Promise<unknown>((resolve) =>
        stream.on('trailers', (fields) => resolve(fields['x-for'])),
      )
      return { stream, trailers }
    }
    const slow = get('/slow')
    await new Promise((resolve) => slow.stream.once('response', resolve))
    const quick = get('/quick')
    quick.stream.resume()
    expect(await quick.trailers).toBe('quick')
    slow.stream.resume()
    expect(await slow.trailers).toBe('slow')
  })

  test('an answer that has begun is cut when its request becomes too large', async () => {
    const app = await scripted(['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nbegun'])
    const limit = { kind: 'body-limit' as const, config: { bytes: 100 }, origin: {} }
    const { port, logged, engine } = await gateway(
      [route(forward('app'), { filters: [limit] })],
      [cluster('app', [endpoint(app)])],
    )
    const client = await raw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
    )
    await client.until('begun')
    client.write(`c8\r\n${'x'.repeat(200)}\r\n`)
    await client.end()
    expect(logged()[0]).toMatchObject({ response_code_details: 'request_payload_too_large' })
    expect(await engine.metrics()).toMatch(/sallyport_requests_active\{[^}]*\} 0/)
  })
})

describe('requests', () => {
  test.each<[string, HeaderMutations]>([
    ['removed', { request: { remove: ['content-length'] } }],
    ['made smaller', { request: { set: [['content-length', '1']] } }],
    ['made a list', { request: { add: [['content-length', '0']] } }],
    ['overruled', { request: { set: [['transfer-encoding', 'chunked']] } }],
  ])('a length that a header rule would have %s stays', async (_what, headers) => {
    const app = await backend()
    const { port } = await gateway(
      [route(forward('app'), { headers })],
      [cluster('app', [endpoint(app.port)])],
    )
    expect((await ask({ port, method: 'POST', body: HIDDEN })).status).toBe(200)
    expect(app.seen.map(({ url, body }) => [url, body])).toEqual([['/', HIDDEN]])
  })

  test.each<[string, HeaderMutations]>([
    ['removed', { response: { remove: ['content-length'] } }],
    ['made smaller', { response: { set: [['content-length', '1']] } }],
  ])('a length of the response that a header rule would have %s stays', async (_what, headers) => {
    const app = await backend((_seen, response) => response.end('whole'))
    const { port } = await gateway(
      [route(forward('app'), { headers })],
      [cluster('app', [endpoint(app.port)])],
    )
    expect(await ask({ port })).toMatchObject({ body: 'whole', headers: { 'content-length': '5' } })
  })

  test('a path that was rewritten is a path still', async () => {
    const app = await backend()
    const rewrite = { path: { kind: 'regex', pattern: '^/to/', value: '' } } as const
    const split = { path: { kind: 'replace-full', value: '/a b\r\nx: y\u010d\u010a' } } as const
    const { port } = await gateway(
      [
        route(forward('app', { rewrite }), { match: { path: { kind: 'prefix', value: '/to/' } } }),
        route(forward('app', { rewrite: split })),
      ],
      [cluster('app', [endpoint(app.port)])],
    )
    await ask({ port, path: '/to/http://elsewhere.test/' })
    await ask({ port, path: '/split' })
    expect(app.seen.map(({ url }) => url)).toEqual([
      '/http://elsewhere.test/',
      '/a%20b%0D%0Ax:%20y%C4%8D%C4%8A',
    ])
    expect(app.seen[1]?.headers).not.toHaveProperty('x')
  })

  test('Connection does not name away what the proxy itself has to say', async () => {
    const app = await backend()
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])], {
      clientAddress: { useRemoteAddress: true, trustedHops: 1 },
    })
    const named = 'x-forwarded-proto, te, x-forwarded-for'
    await ask({ port, headers: { connection: named, 'x-forwarded-proto': 'https', te: 'trailers' } })
    expect(app.seen[0]?.headers).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
      te: 'trailers',
    })
  })

  test('no upgrade to HTTP/2, behind which nobody would look at requests', async () => {
    const app = await backend()
    const { port } = await gateway(albManager(table(virtualHost(['*'], [route(forward('app'))]))), [
      cluster('app', [endpoint(app.port)]),
    ])
    const client = await raw(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    )
    await client.until('HTTP/1.1 200')
    expect(app.seen[0]?.headers).not.toHaveProperty('upgrade')
  })

  test.each(['x-real-ip', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'])(
    'what a proxy says is no trailer: %s',
    async (name) => {
      const app = await backend()
      const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
      const client = await raw(
        port,
        `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${name}: x\r\n\r\n`,
      )
      expect(await client.end()).toContain('HTTP/1.1 400')
      await turn()
      expect(app.seen).toEqual([])
    },
  )
})
