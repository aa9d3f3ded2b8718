// Istio's metrics: both engines count the same requests with the same labels, an Envoy by what it says of them afterwards.
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import { backend } from '../engine/testing/backend.ts'
import { TestAuthority, TestBlobs } from '../engine/testing/certificates.ts'
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
import { parseExposition } from '../exposition.ts'
import { envoyBinary, needsEnvoy } from './testing/binary.ts'
import { realEnvoy } from './testing/engine.ts'

const open: Engine[] = []
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close({ drainMs: 0 })
})

const SERVICE = { name: 'httpbin', namespace: 'shop', host: 'httpbin.shop.svc.cluster.local' }
const WORKLOAD = { namespace: 'shop', name: 'httpbin', app: 'httpbin', version: 'v1' }
const spiffe = (namespace: string) => `spiffe://cluster.local/ns/${namespace}/sa/default`
/** Counters, sums of bytes and counts of histograms: all but times. */
const COMPARED =
  /^istio_(requests_total|request_bytes_(sum|count)|response_bytes_(sum|count)|request_duration_milliseconds_count|tcp_.*_total)$/

/** What the requests of `traffic` count on an engine, as soon as so many are counted. */
async function counted(
  make: (options: EngineOptions) => Engine | Promise<Engine>,
  blobs: TestBlobs,
  model: (port: number) => Proxy,
  traffic: (port: number) => Promise<number>,
): Promise<readonly string[]> {
  const engine = await make({
    locate: (host, port) => ({ host, port }),
    accessLog: () => undefined,
    report: ({ message }) => expect.unreachable(message),
  })
  open.push(engine)
  const port = await freePort()
  expect((await engine.apply({ version: 1, model: { proxies: [model(port)] }, blobs })).rejected).toEqual([])
  const expected = await traffic(port)
  const samples = async () => parseExposition(await engine.metrics())
  const sum = async () =>
    (await samples())
      .filter(({ name }) => name === 'istio_requests_total' || name === 'istio_tcp_connections_closed_total')
      .reduce((all, { value }) => all + value, 0)
  await expect.poll(sum, { timeout: 20_000 }).toBe(expected)
  return (
    (await samples())
      .filter(({ name }) => COMPARED.test(name))
      // Each engine says in its own words that an upstream is not there.
      .filter(({ name, labels }) => name !== 'istio_response_bytes_sum' || labels['response_flags'] === '-')
      .map(({ name, labels, value }) => `${name} ${JSON.stringify(Object.entries(labels).sort())} ${value}`)
      .sort()
  )
}

async function alike(
  blobs: TestBlobs,
  model: (port: number) => Proxy,
  traffic: (port: number) => Promise<number>,
): Promise<readonly string[]> {
  const node = await counted(createNodeEngine, blobs, model, traffic)
  const envoy = await counted(realEnvoy, blobs, model, traffic)
  expect(envoy).toEqual(node)
  return envoy
}

describe.skipIf(!envoyBinary)(`Istio’s metrics on Envoy ${needsEnvoy}`, () => {
  it('are those of the Node engine: answers, failures, bytes', async () => {
    const app = await backend((_, response) => response.end('hello'))
    const gone = await freePort()
    const hosts = virtualHost(
      ['*'],
      [
        route(forward('gone'), { name: 'gone', match: { path: { kind: 'prefix', value: '/gone' } } }),
        route(
          { kind: 'direct-response', status: 418, body: 'tea' },
          {
            name: 'tea',
            match: { path: { kind: 'prefix', value: '/tea' } },
          },
        ),
        route(forward('app'), { name: 'app' }),
      ],
    )
    const clusters = [
      cluster('app', [endpoint(app.port, { workload: WORKLOAD })], { service: SERVICE }),
      cluster('gone', [endpoint(gone)]),
    ]
    const samples = await alike(
      new TestBlobs(),
      (port) => proxy('gw', [listener(port, [chain(manager(table(hosts)))])], clusters),
      async (port) => {
        for (let i = 0; i < 3; i++) await ask({ port, method: 'POST', body: 'x'.repeat(20) })
        expect((await ask({ port, path: '/tea' })).status).toBe(418)
        expect((await ask({ port, path: '/gone' })).status).toBe(503)
        return 5
      },
    )
    expect(samples.filter((one) => one.startsWith('istio_requests_total'))).toHaveLength(3)
  })

  it('say who called a sidecar by mutual TLS', async () => {
    const app = await backend()
    const blobs = new TestBlobs()
    const mesh = new TestAuthority(blobs, 'Mesh')
    const [own, peer] = [
      mesh.leaf({ subject: {}, uri: [spiffe('shop')] }),
      mesh.leaf({ subject: {}, uri: [spiffe('front')] }),
    ]
    const handler = manager(table(virtualHost(['*'], [route(forward('inbound|80||'))])))
    const tls = {
      certificates: [own.ref],
      alpn: ['http/1.1'],
      clientCertificate: { mode: 'require', verify: { trust: mesh.trust } },
    } as const
    const samples = await alike(
      blobs,
      (port) =>
        proxy(
          'sidecar',
          [listener(port, [chain(handler, { match: { transport: 'tls' }, tls })])],
          [cluster('inbound|80||', [endpoint(app.port)], { service: SERVICE })],
          { kind: 'sidecar', identity: { spiffe: spiffe('shop'), certificate: own.ref, trust: mesh.trust } },
        ),
      async (port) => {
        const ca = mesh.authority.certificate
        const headers = { host: 'h.test' }
        const to = {
          port,
          ca,
          checkServerIdentity: () => undefined,
          headers,
          cert: peer.chain,
          key: peer.key,
        }
        expect((await ask({ ...to, method: 'POST', body: 'four' })).status).toBe(200)
        return 1
      },
    )
    expect(samples.join()).toContain(`["source_principal","${spiffe('front')}"]`)
    expect(samples.join()).toContain('["connection_security_policy","mutual_tls"]')
  })

  it('count TCP connections when they are over', async () => {
    const server = createServer((socket) => socket.end('hello there'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const upstream = endpoint((server.address() as AddressInfo).port, { workload: WORKLOAD })
    const handler = { kind: 'tcp', statPrefix: 't', clusters: [{ cluster: 'app', weight: 1 }] } as const
    await alike(
      new TestBlobs(),
      (port) =>
        proxy(
          'gw',
          [listener(port, [chain(handler)])],
          [cluster('app', [upstream], { protocol: 'tcp', service: SERVICE })],
        ),
      async (port) => {
        await new Promise((resolve, reject) => {
          const socket = connect(port, '127.0.0.1').on('error', reject).on('close', resolve)
          socket.resume().end('hi')
        })
        return 1
      },
    )
  })
})
