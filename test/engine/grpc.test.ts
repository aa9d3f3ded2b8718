// gRPC with a real client and a real server through the gateway, over each pair of versions of HTTP: unary, streams, errors, cancellation.
import { once } from 'node:events'
import { createServer as createHttp1, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { testEngine } from './testing/engine.ts'
import { gateway } from './testing/gateway.ts'
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

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
})

const service = {
  Say: method('Say', false, false),
  Count: method('Count', false, true),
  Chat: method('Chat', true, true),
} satisfies ServiceDefinition

interface Echo {
  Say(
    message: string,
    metadata: Metadata,
    done: (error: ServiceError | null, answer?: string) => void,
  ): { cancel(): void }
  Count(message: string): ClientReadableStream<string>
  Chat(): ClientDuplexStream<string, string>
  close(): void
}

/** `Say` echoes, or fails as told before any message; `Count` counts and fails where told; `Chat` answers each. `cancelled` counts calls that clients gave up. */
async function server() {
  let cancelled = 0
  let started = 0
  const grpc = new Server()
  const say: handleUnaryCall<string, string> = (call, done) => {
    started++
    call.on('cancelled', () => cancelled++)
    const trailer = new Metadata()
    trailer.set('x-end', 'told')
    if (call.request === 'silence') return
    if (call.request.startsWith('fail '))
      done({ code: Number(call.request.slice(5)), details: 'as asked', metadata: trailer })
    else done(null, `${call.request}|${call.metadata.get('x-mine').join()}`, trailer)
  }
  const count: handleServerStreamingCall<string, string> = (call) => {
    started++
    call.on('cancelled', () => cancelled++)
    const [upTo, then] = call.request.split(' ')
    for (let i = 1; i <= Number(upTo); i++) call.write(String(i))
    if (then === 'fail') call.emit('error', { code: status.DATA_LOSS, details: 'in the middle' })
    else if (then !== 'hang') call.end()
  }
  const chat: handleBidiStreamingCall<string, string> = (call) => {
    call.on('data', (message: string) => call.write(`you said ${message}`))
    call.on('end', () => call.end())
  }
  grpc.addService(service, { Say: say, Count: count, Chat: chat })
  const port = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  onTestFinished(() => grpc.forceShutdown())
  return { port, cancelled: () => cancelled, started: () => started }
}

const Client = makeGenericClientConstructor(service, 'test.Echo')

function client(port: number, ca?: string): Echo {
  const one = new Client(
    `127.0.0.1:${port}`,
    ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca)),
    ca === undefined ? {} : { 'grpc.ssl_target_name_override': 'a.test', 'grpc.default_authority': 'a.test' },
  ) as unknown as Echo
  onTestFinished(() => one.close())
  return one
}

/** HTTP/2 all the way: over TLS, without, and through a second hop. */
async function way(
  kind: 'tls' | 'plain' | 'two hops',
  upstream: number,
): Promise<{ client: Echo; logged: () => Record<string, unknown>[] }> {
  const app = cluster('app', [endpoint(upstream)], { protocol: 'http2' })
  if (kind === 'plain') {
    const one = await gateway([route(forward('app'))], [app])
    return { client: client(one.port), logged: one.logged }
  }
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const leaf = authority.leaf({ subject: { commonName: 'a.test' }, dns: ['a.test'] })
  const [port, inner] = [await freePort(), await freePort()]
  const { use, log } = testEngine(blobs)
  const tls = {
    certificates: [leaf.ref],
    alpn: ['h2', 'http/1.1'],
    clientCertificate: { mode: 'none' as const },
  }
  const to = (name: string) =>
    manager(table(virtualHost(['*'], [route(forward(name))])), { accessLog: 'istio-json' })
  const context = { sni: 'a.test', verify: { trust: authority.trust }, alpn: ['h2'] }
  const second = cluster('inner', [endpoint(inner)], { protocol: 'http2', tls: { when: 'always', context } })
  await use(
    proxy('outer', [listener(port, [chain(to(kind === 'tls' ? 'app' : 'inner'), { tls })])], [app, second]),
    proxy('inner', [listener(inner, [chain(to('app'), { tls })])], [app]),
  )
  return {
    client: client(port, authority.authority.certificate),
    logged: () => log.map(({ line }) => JSON.parse(line) as Record<string, unknown>),
  }
}

function say(
  echo: Echo,
  message: string,
): Promise<{ answer?: string; code: number; details: string; trailer: unknown }> {
  const metadata = new Metadata()
  metadata.set('x-mine', 'here')
  return new Promise((resolve) => {
    echo.Say(message, metadata, (error, answer) =>
      resolve({
        ...(answer === undefined ? {} : { answer }),
        code: error?.code ?? 0,
        details: error?.details ?? '',
        trailer: error?.metadata.get('x-end')[0],
      }),
    )
  })
}

async function read(
  stream: ClientReadableStream<string>,
): Promise<{ got: string[]; code: number; details: string }> {
  const got: string[] = []
  stream.on('data', (message: string) => got.push(message))
  stream.on('error', () => {})
  const end = await new Promise<{ code: number; details: string }>((resolve) => stream.on('status', resolve))
  return { got, code: end.code, details: end.details }
}

describe.each(['tls', 'plain', 'two hops'] as const)('over HTTP/2, %s', (kind) => {
  test('unary calls, errors in trailers only, status and metadata', async () => {
    const { port } = await server()
    const { client: echo, logged } = await way(kind, port)
    expect(await say(echo, 'hello')).toMatchObject({ answer: 'hello|here', code: 0 })
    for (const code of [status.NOT_FOUND, status.RESOURCE_EXHAUSTED, status.UNAUTHENTICATED]) {
      expect(await say(echo, `fail ${code}`)).toEqual({ code, details: 'as asked', trailer: 'told' })
    }
    expect(
      logged().every(({ response_code, response_flags }) => response_code === 200 && response_flags === '-'),
    ).toBe(true)
  })

  test('streams both ways, and one that fails in the middle', async () => {
    const { port } = await server()
    const { client: echo } = await way(kind, port)
    const many = await read(echo.Count('500'))
    expect([many.got.length, many.got.at(-1), many.code]).toEqual([500, '500', 0])
    expect(await read(echo.Count('3 fail'))).toEqual({
      got: ['1', '2', '3'],
      code: status.DATA_LOSS,
      details: 'in the middle',
    })
    const chat = echo.Chat()
    for (const word of ['one', 'two', 'three']) {
      chat.write(word)
      expect(await once(chat, 'data')).toEqual([`you said ${word}`])
    }
    chat.end()
    expect((await once(chat, 'status'))[0]).toMatchObject({ code: 0 })
  })

  test('a call that the client gives up is cancelled at the server', async () => {
    const { port, cancelled, started } = await server()
    const { client: echo, logged } = await way(kind, port)
    const stream = echo.Count('1 hang')
    stream.on('error', () => {})
    await once(stream, 'data')
    stream.cancel()
    let failed: ServiceError | null | undefined
    const call = echo.Say('silence', new Metadata(), (error) => {
      failed = error
    })
    while (started() < 2) await new Promise((resolve) => setImmediate(resolve))
    call.cancel()
    while (cancelled() < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(failed?.code).toBe(status.CANCELLED)
    expect(logged().map(({ response_flags }) => response_flags)).toContain('DC')
  })

  test('no upstream is UNAVAILABLE', async () => {
    const { client: echo } = await way(kind, await freePort())
    expect((await say(echo, 'hello')).code).toBe(status.UNAVAILABLE)
  })
})

const message = (text: string): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, Buffer.from(text)])
}

interface Http1Answer {
  readonly status: number
  readonly body: Buffer
  readonly grpc: string | undefined
}

/** A gRPC call as a client of HTTP/1.1 makes it: the same bytes, the status in trailers (or among the headers). */
function overHttp1(port: number, path: string, body: Buffer): Promise<Http1Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/grpc', te: 'trailers', connection: 'te' },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks),
            grpc: (response.trailers['grpc-status'] ?? response.headers['grpc-status']) as string | undefined,
          }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** A gRPC server of HTTP/1.1: echoes a message and ends with a trailer; `/fail` answers with headers only, `/cut` breaks off. */
async function http1Server(): Promise<number> {
  const one = createHttp1((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.url?.endsWith('/Count') === true) {
        response.writeHead(200, {
          'content-type': 'application/grpc',
          'grpc-status': '5',
          'grpc-message': 'not here',
        })
        response.end()
        return
      }
      response.writeHead(200, { 'content-type': 'application/grpc', trailer: 'grpc-status' })
      response.write(Buffer.concat(chunks))
      response.addTrailers({ 'grpc-status': '0' })
      response.end()
    })
  })
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void one.close())
  return (one.address() as AddressInfo).port
}

test('an HTTP/1.1 client to an HTTP/2 server: messages and trailers cross', async () => {
  const { port: upstream } = await server()
  const { port } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream)], { protocol: 'http2' })],
  )
  expect(await overHttp1(port, '/test.Echo/Say', message('hello'))).toEqual({
    status: 200,
    body: message('hello|'),
    grpc: '0',
  })
  expect(await overHttp1(port, '/test.Echo/Say', message('fail 5'))).toMatchObject({ status: 200, grpc: '5' })
  expect((await overHttp1(port, '/test.Echo/Count', message('3'))).body).toEqual(
    Buffer.concat(['1', '2', '3'].map(message)),
  )
})

test('an HTTP/2 client to an HTTP/1.1 server: messages and trailers cross', async () => {
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(await http1Server())])])
  const echo = client(port)
  expect(await say(echo, 'hello')).toMatchObject({ answer: 'hello', code: 0 })
  expect(await read(echo.Count('3'))).toEqual({ got: [], code: status.NOT_FOUND, details: 'not here' })
})

test('an HTTP/1.1 client to an HTTP/1.1 server: messages and trailers cross', async () => {
  const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(await http1Server())])])
  expect(await overHttp1(port, '/test.Echo/Say', message('hello'))).toEqual({
    status: 200,
    body: message('hello'),
    grpc: '0',
  })
  expect(await overHttp1(port, '/test.Echo/Count', message('3'))).toMatchObject({ status: 200, grpc: '5' })
})

test('a retry by the status of gRPC: UNAVAILABLE in trailers only is tried again', async () => {
  const [bad, good] = [await freePort(), await server()]
  const retry = { attempts: 2, on: ['unavailable', 'connect-failure'], backoffMs: 1 }
  const behind = (...ports: readonly number[]) =>
    gateway(
      [route(forward('app', { retry }))],
      [
        cluster(
          'app',
          ports.map((port) => endpoint(port)),
          { protocol: 'http2' },
        ),
      ],
    )
  const echo = client((await behind(bad, good.port)).port)
  for (let i = 0; i < 4; i++) expect((await say(echo, 'hello')).answer).toBe('hello|here')
  const alone = client((await behind(good.port)).port)
  const before = good.started()
  expect((await say(alone, `fail ${status.UNAVAILABLE}`)).code).toBe(status.UNAVAILABLE)
  expect(good.started() - before).toBe(3)
})
