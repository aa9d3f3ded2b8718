// Upstreams that do not answer a connection attempt: given up after the cluster's connect timeout, tried elsewhere where that is allowed, and nothing stays open.
import { beforeEach, expect, type TestContext, test } from 'vitest'
import type { Cluster } from '../../src/ir/cluster.ts'
import type { RetryPolicy } from '../../src/ir/route.ts'
import { backend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { ask, raw } from './testing/client.ts'
import { deaf } from './testing/deaf.ts'
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
import { sockets, socketsBackTo } from './testing/resources.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
const connectTimeoutMs = 150
const retry: RetryPolicy = { attempts: 2, on: ['connect-failure'], hostReselect: 3 }
const WORDS = 'upstream connect error or disconnect/reset before headers. reset reason: connection timeout'
const DETAILS = 'upstream_reset_before_response_started{connection_timeout}'

/** The port of an address that does not answer; without one the test is skipped. What it holds open itself counts as there before. */
async function silent(context: TestContext): Promise<number> {
  const port = await deaf()
  before = sockets()
  return port ?? context.skip('this kernel takes every connection')
}
let before = 0
beforeEach(() => {
  before = sockets()
})

const blobs = new TestBlobs()
const tls = { sni: 'a.test', verify: { trust: new TestAuthority(blobs).trust }, alpn: [] }
const kinds: readonly (readonly [string, Partial<Cluster>])[] = [
  ['HTTP/1.1', {}],
  ['HTTP/2', { protocol: 'http2' }],
  ['TLS', { tls: { when: 'always', context: tls } }],
]

test.for(kinds)('%s: all that wait get 503 UF, and say why', async ([, rest], context) => {
  const upstream = await silent(context)
  const port = await freePort()
  const { use, log, engine } = testEngine(blobs)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'istio-json' })
  const app = cluster('app', [endpoint(upstream)], { connectTimeoutMs, ...rest })
  await use(proxy('g', [listener(port, [chain(handler)])], [app]))
  const clients = await Promise.all([GET, GET, POST].map((request) => raw(port, request)))
  for (const client of clients) expect(await client.until(WORDS)).toContain('HTTP/1.1 503')
  for (const { line } of log) {
    expect(JSON.parse(line)).toMatchObject({
      response_code: 503,
      response_flags: 'UF',
      response_code_details: DETAILS,
      upstream_host: `127.0.0.1:${upstream}`,
      upstream_transport_failure_reason: null,
    })
  }
  expect(log).toHaveLength(3)
  // The connection of the client goes on.
  clients[0]?.write(GET)
  while (log.length < 4) await new Promise((resolve) => setImmediate(resolve))
  for (const { socket } of clients) socket.destroy()
  await engine.close()
  await socketsBackTo(before)
})

test('another endpoint is tried, with the body', async (context) => {
  const [upstream, good] = [await silent(context), await backend()]
  const { port, logged } = await gateway(
    [route(forward('app', { retry }))],
    [cluster('app', [endpoint(upstream), endpoint(good.port)], { connectTimeoutMs })],
  )
  // Round robin: one of two comes to the silent one first.
  for (const body of ['one', 'two']) {
    expect((await ask({ port, method: 'POST', body })).status).toBe(200)
  }
  expect(good.seen.map(({ body }) => body)).toEqual(['one', 'two'])
  for (const line of logged()) {
    expect(line).toMatchObject({ response_flags: '-', upstream_host: `127.0.0.1:${good.port}` })
  }
})

test('when every endpoint is silent, the tries are used up: URX, UF', async (context) => {
  const upstream = await silent(context)
  const { port, logged, engine } = await gateway(
    [route(forward('app', { retry }))],
    [cluster('app', [endpoint(upstream)], { connectTimeoutMs })],
  )
  expect((await ask({ port })).status).toBe(503)
  expect(logged()).toMatchObject([{ response_flags: 'URX,UF', response_code_details: DETAILS }])
  await engine.close()
  await socketsBackTo(before)
})

test('a client that leaves meanwhile, and a listener that closes, leave nothing behind', async (context) => {
  const upstream = await silent(context)
  const { port, logged, engine } = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream)], { connectTimeoutMs: 60_000 })],
  )
  const client = await raw(port, GET)
  while (sockets() < before + 3) await new Promise((resolve) => setImmediate(resolve))
  client.socket.destroy()
  while (logged().length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(logged()).toMatchObject([{ response_code: 0, response_flags: 'DC' }])
  await engine.close()
  await socketsBackTo(before)
})

test('TCP: the connection is closed', async (context) => {
  const upstream = await silent(context)
  const port = await freePort()
  const { use, log, engine } = testEngine()
  const handler = {
    kind: 'tcp' as const,
    statPrefix: 't',
    clusters: [{ cluster: 'app', weight: 1 }],
  }
  const app = cluster('app', [endpoint(upstream)], { protocol: 'tcp', connectTimeoutMs })
  await use(proxy('g', [listener(port, [chain(handler)])], [app]))
  const client = await raw(port, 'hello')
  expect(await client.end()).toBe('')
  expect(log.map(({ line }) => line)).toEqual([expect.stringContaining(' 0 UF ')])
  await engine.close()
  await socketsBackTo(before)
})
