// An authorizer over gRPC, on both engines: a server of another make, with the messages of Envoy's own .proto files.
import { Server, ServerCredentials, type sendUnaryData, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { typeOf } from '../../src/engines/envoy/run/protos.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Authorizer } from '../../src/ir/authorizer.ts'
import type { Policy } from '../../src/ir/policy.ts'
import { backend } from '../engine/testing/backend.ts'
import { TestBlobs } from '../engine/testing/certificates.ts'
import { ask } from '../engine/testing/client.ts'
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
} from '../engine/testing/model.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { realEnvoy } from './testing/engine.ts'

interface Question {
  readonly attributes: {
    readonly source: { readonly address: { readonly socket_address: { readonly address: string } } }
    readonly request: {
      readonly http: {
        readonly method: string
        readonly path: string
        readonly host: string
        readonly body: string
        readonly headers: Readonly<Record<string, string>>
      }
    }
  }
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const header = (key: string, value: string, append?: boolean) => ({
  header: { key, value },
  ...(append === undefined ? {} : { append: { value: append } }),
})

/** Answers by path, and keeps what it was asked. */
async function authorizer(): Promise<{ readonly port: number; readonly asked: Question[] }> {
  const asked: Question[] = []
  const server = new Server()
  const request = typeOf('envoy.service.auth.v3.CheckRequest')
  const response = typeOf('envoy.service.auth.v3.CheckResponse')
  server.register<Question, object>(
    '/envoy.service.auth.v3.Authorization/Check',
    (call: { request: Question }, reply: sendUnaryData<object>) => {
      asked.push(call.request)
      const { path } = call.request.attributes.request.http
      if (path.startsWith('/broken')) reply({ code: status.UNAVAILABLE, details: 'no' }, null)
      else if (path.startsWith('/denied'))
        reply(null, {
          status: { code: 7 },
          denied_response: { status: { code: 401 }, headers: [header('x-why', 'so')], body: 'go away' },
        })
      else if (path.startsWith('/bare')) reply(null, { status: { code: 7 } })
      else
        reply(null, {
          status: { code: 0 },
          ok_response: {
            headers: [header('x-user', 'ann'), header('x-group', 'b', true)],
            headers_to_remove: ['x-secret'],
            response_headers_to_add: [header('x-seen', 'yes')],
          },
        })
    },
    (value) => Buffer.from(response.encode(response.fromObject(value)).finish()),
    (bytes) => request.toObject(request.decode(bytes), { defaults: true }) as Question,
    'unary',
  )
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  closers.push(() => server.forceShutdown())
  return { port, asked }
}

const policy: Policy = {
  name: 'ns[a]-policy[ask]',
  action: 'custom',
  origin: {},
  rules: [
    {
      principals: { kind: 'all', of: [] },
      permissions: {
        kind: 'not',
        of: { kind: 'match', attribute: { of: 'path' }, match: { kind: 'exact', value: '/free' } },
      },
      origin: {},
    },
  ],
}

const engines: readonly (readonly [
  name: string,
  make: (options: EngineOptions) => Engine | Promise<Engine>,
  there: boolean,
])[] = [
  ['the Node engine', createNodeEngine, true],
  [`Envoy ${needsEnvoy}`, realEnvoy, envoyBinary !== undefined],
]

describe.each(engines)('an authorizer over gRPC on %s', (_, make, there) => {
  async function serve(rest: Partial<Authorizer> = {}, down = false) {
    const app = await backend()
    const { port: authPort, asked } = await authorizer()
    const port = await freePort()
    const engine = await make({
      locate: (host, wanted) => ({ host, port: wanted }),
      accessLog: () => undefined,
      report: () => undefined,
    })
    closers.push(() => engine.close({ drainMs: 0 }))
    const config: Authorizer = {
      name: 'authz',
      protocol: 'grpc',
      cluster: 'authz',
      timeoutMs: 5_000,
      failOpen: false,
      statusOnError: 403,
      pathPrefix: '',
      requestHeaders: [],
      addHeaders: [],
      upstreamOnAllow: [],
      downstreamOnDeny: [],
      downstreamOnAllow: [],
      origin: {},
      ...rest,
    }
    const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), {
      filters: [{ kind: 'ext-authz', config: { policies: [policy], authorizer: config }, origin: {} }],
    })
    const clusters = [
      cluster('app', [endpoint(app.port)]),
      cluster('authz', [endpoint(down ? 1 : authPort)], { protocol: 'http2' }),
    ]
    const model = { proxies: [proxy('gateway', [listener(port, [chain(handler)])], clusters)] }
    const { rejected } = await engine.apply({ version: 1, model, blobs: new TestBlobs() })
    expect(rejected).toEqual([])
    return { port, app, asked }
  }

  it.runIf(there)('is asked about what a rule takes, and its leave changes the request', async () => {
    const { port, app, asked } = await serve()
    const free = await ask({ port, path: '/free', headers: { 'x-user': 'bob' } })
    expect([free.status, asked.length]).toEqual([200, 0])
    const answer = await ask({
      port,
      path: '/x?y=1',
      headers: { host: 'shop.example', 'x-user': 'bob', 'x-group': 'a', 'x-secret': 's' },
    })
    expect([answer.status, answer.headers['x-seen']]).toEqual([200, 'yes'])
    const [question] = asked
    const http = question?.attributes.request.http
    expect(http).toMatchObject({ method: 'GET', path: '/x?y=1', host: 'shop.example', body: '' })
    expect(http?.headers).toMatchObject({ ':path': '/x?y=1', ':authority': 'shop.example', 'x-user': 'bob' })
    expect(question?.attributes.source.address.socket_address.address).toBe('127.0.0.1')
    const got = app.seen.at(-1)
    expect(got?.headers).toMatchObject({ 'x-user': 'ann' })
    expect(got?.headers['x-group']?.toString().replaceAll(' ', '')).toBe('a,b')
    expect(got?.headers['x-secret']).toBeUndefined()
  })

  it.runIf(there)('refuses in its own words, or with 403', async () => {
    const { port, app } = await serve()
    const answer = await ask({ port, path: '/denied' })
    expect([answer.status, answer.body, answer.headers['x-why']]).toEqual([401, 'go away', 'so'])
    expect((await ask({ port, path: '/bare' })).status).toBe(403)
    expect(app.seen).toEqual([])
  })

  it.runIf(there)('refuses without an answer, or lets pass when it fails open', async () => {
    const closed = await serve({ statusOnError: 503 })
    expect((await ask({ port: closed.port, path: '/broken' })).status).toBe(503)
    const open = await serve({ failOpen: true })
    expect((await ask({ port: open.port, path: '/broken' })).status).toBe(200)
    const down = await serve({}, true)
    expect((await ask({ port: down.port, path: '/x' })).status).toBe(403)
  })

  it.runIf(there)('sees as much of the body as it wants', async () => {
    const { port, asked, app } = await serve({
      body: { maxBytes: 4, allowPartial: true, packAsBytes: false },
    })
    const headers = { 'content-length': 6 }
    expect((await ask({ port, method: 'POST', path: '/x', body: 'abcdef', headers })).status).toBe(200)
    expect(asked[0]?.attributes.request.http.body).toBe('abcd')
    expect(app.seen.at(-1)?.headers['content-length']).toBe('6')
  })
})
