// HTTP/2 on either side: requests cross between versions in all four combinations, with bodies, trailers and resets.
import { createServer as createHttp1, request as httpRequest, type IncomingMessage } from 'node:http'
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer as createHttp2,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { testEngine } from './testing/engine.ts'
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

async function listening(server: Server | ReturnType<typeof createHttp2>): Promise<number> {
  await new Promise<void>((resolve) => (server as Server).listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Answers with what it saw; `/trailers` with a trailer, `/reset` with a reset. */
async function http2Backend(): Promise<number> {
  const server = createHttp2()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const path = headers[':path'] ?? ''
    if (path === '/reset' || path === '/unreadable') {
      stream.on('error', () => {})
      stream.close(path === '/reset' ? constants.NGHTTP2_INTERNAL_ERROR : constants.NGHTTP2_PROTOCOL_ERROR)
      return
    }
    if (path === '/refused') {
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
      return
    }
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    let trailers: Record<string, unknown> = {}
    stream.on('trailers', (given) => {
      trailers = given
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (stream.destroyed) return
      stream.respond({ ':status': 200, 'x-backend': 'h2' }, { waitForTrailers: path === '/trailers' })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-t': 'end' }))
      stream.end(JSON.stringify({ headers, body: Buffer.concat(chunks).toString(), trailers }))
    })
  })
  return listening(server)
}

async function http1Backend(): Promise<number> {
  return listening(
    createHttp1((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.setHeader('x-backend', 'h1')
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        if (request.url === '/trailers') response.setHeader('trailer', 'x-t')
        response.write(
          JSON.stringify({
            headers: request.headers,
            body: Buffer.concat(chunks).toString(),
            trailers: request.trailers,
          }),
        )
        if (request.url === '/trailers') response.addTrailers({ 'x-t': 'end' })
        response.end()
      })
    }),
  )
}

async function gateway(protocol: 'http1' | 'http2', backendPort: number, rest = {}) {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = authority.leaf({ subject: { commonName: 'gw' }, dns: ['a.test'] })
  const [tlsPort, plainPort] = [await freePort(), await freePort()]
  const { use, log } = testEngine(blobs)
  const handler = manager(table(virtualHost(['a.test'], [route(forward('app'))])), {
    accessLog: 'istio-json',
  })
  const rejected = await use(
    proxy(
      'gateway',
      [
        listener(tlsPort, [
          chain(handler, {
            tls: { certificates: [leaf.ref], alpn: ['h2', 'http/1.1'], clientCertificate: { mode: 'none' } },
          }),
        ]),
        listener(plainPort, [chain(handler)]),
      ],
      [cluster('app', [endpoint(backendPort)], { protocol, ...rest })],
    ),
  )
  expect(rejected).toEqual([])
  const session = connect(`https://127.0.0.1:${tlsPort}`, {
    ca: authority.authority.certificate,
    servername: 'a.test',
  })
  onTestFinished(() => session.destroy())
  return { session, tlsPort, plainPort, log, ca: authority.authority.certificate }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
  readonly trailers: Record<string, unknown>
}

function ask(
  session: ClientHttp2Session,
  path: string,
  body?: string,
  trailers?: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':path': path, ':authority': 'a.test', ':method': body === undefined ? 'GET' : 'POST' },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined },
    )
    let status = 0
    let headers: Record<string, unknown> = {}
    let ended: Record<string, unknown> = {}
    const chunks: Buffer[] = []
    stream.on('response', (given) => {
      status = given[':status'] ?? 0
      headers = given
    })
    stream.on('trailers', (given) => {
      ended = given
    })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () =>
      resolve({ status, headers, body: Buffer.concat(chunks).toString(), trailers: ended }),
    )
    stream.on('error', reject)
    if (body !== undefined) stream.end(body)
  })
}

function ask1(port: number, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: { host: 'a.test' },
        agent: false,
      },
      (response: IncomingMessage) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
            trailers: response.trailers,
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const large = 'x'.repeat(300_000)

describe.each(['http1', 'http2'] as const)('to an upstream of %s', (protocol) => {
  const backend = (): Promise<number> => (protocol === 'http1' ? http1Backend() : http2Backend())

  test('an HTTP/2 client gets through', async () => {
    const { session, log } = await gateway(protocol, await backend())
    const got = await ask(session, '/x?y=z')
    expect(got.status).toBe(200)
    expect(got.headers['x-backend']).toBe(protocol === 'http1' ? 'h1' : 'h2')
    expect(got.headers['server']).toBe('istio-envoy')
    if (protocol === 'http1') expect(got.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    const seen = JSON.parse(got.body) as { headers: Record<string, string> }
    expect(seen.headers[protocol === 'http1' ? 'host' : ':authority']).toBe('a.test')
    expect(seen.headers['x-forwarded-proto']).toBe('https')
    expect(JSON.parse(log[0]?.line ?? '{}')).toMatchObject({
      protocol: 'HTTP/2',
      response_code: 200,
      path: '/x?y=z',
      authority: 'a.test',
    })
    const posted = await ask(session, '/post', large)
    expect((JSON.parse(posted.body) as { body: string }).body).toBe(large)
    const trailed = await ask(session, '/trailers')
    expect(trailed.trailers['x-t']).toBe('end')
  })

  test('an HTTP/1.1 client gets through', async () => {
    const { plainPort } = await gateway(protocol, await backend())
    const got = await ask1(plainPort, '/x?y=z')
    expect([got.status, got.headers['x-backend']]).toEqual([200, protocol === 'http1' ? 'h1' : 'h2'])
    const posted = await ask1(plainPort, '/post', large)
    expect((JSON.parse(posted.body) as { body: string }).body).toBe(large)
    const trailed = await ask1(plainPort, '/trailers')
    expect(trailed.trailers['x-t']).toBe('end')
  })

  test('an HTTP/2 client without TLS gets through', async () => {
    const { plainPort } = await gateway(protocol, await backend())
    const session = connect(`http://127.0.0.1:${plainPort}`)
    onTestFinished(() => session.destroy())
    expect((await ask(session, '/x')).status).toBe(200)
  })

  test('request trailers arrive', async () => {
    const { session } = await gateway(protocol, await backend())
    const got = await ask(session, '/x', 'body', { 'x-req': 'trailer' })
    expect((JSON.parse(got.body) as { trailers: Record<string, string> }).trailers['x-req']).toBe('trailer')
  })

  test('many requests at once share the connection', async () => {
    const { session } = await gateway(protocol, await backend())
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => ask(session, `/${i}`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })
})

test('a stream that the upstream resets is answered 503 UR', async () => {
  const { session, log } = await gateway('http2', await http2Backend())
  const got = await ask(session, '/reset')
  expect(got.status).toBe(503)
  expect(got.body).toContain('reset reason: remote reset')
  expect(JSON.parse(log[0]?.line ?? '{}')).toMatchObject({ response_flags: 'UR' })
})

test('a stream that the upstream cannot read is answered 502 UPE', async () => {
  const { session, log } = await gateway('http2', await http2Backend())
  const got = await ask(session, '/unreadable')
  expect(got.status).toBe(502)
  expect(got.body).toContain('reset reason: protocol error')
  expect(JSON.parse(log[0]?.line ?? '{}')).toMatchObject({ response_flags: 'UPE' })
})

test('no route is 404, as over HTTP/1.1', async () => {
  const { session } = await gateway('http1', await http1Backend())
  const stream = session.request({ ':path': '/', ':authority': 'other.test' })
  const status = await new Promise((resolve) =>
    stream.on('response', (headers) => resolve(headers[':status'])),
  )
  expect(status).toBe(404)
})

test('a client that resets streams in a flood is shown out', async () => {
  const { session } = await gateway('http1', await http1Backend())
  const closed = new Promise<void>((resolve) => session.on('close', () => resolve()))
  session.on('error', () => {})
  await ask(session, '/')
  const flood = (): void => {
    const streams = Array.from({ length: 50 }, () =>
      session.request({ ':path': '/', ':authority': 'a.test' }),
    )
    for (const stream of streams) stream.on('error', () => {})
    setImmediate(() => {
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL)
      if (!session.destroyed) setImmediate(flood)
    })
  }
  onTestFinished(() => session.destroy())
  flood()
  await closed
})
