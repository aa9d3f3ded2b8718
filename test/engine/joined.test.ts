// Joined hops: the same answers, headers and refusals as over sockets, verified anew whenever a certificate, trust or policy changes.
import { expect, test } from 'vitest'
import type { Cluster } from '../../src/ir/cluster.ts'
import type { Policy } from '../../src/ir/policy.ts'
import type { DownstreamTls } from '../../src/ir/tls.ts'
import { backend, scripted } from './testing/backend.ts'
import { TestAuthority, TestBlobs, type TestCertificate } from './testing/certificates.ts'
import { ask, raw } from './testing/client.ts'
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

interface Door {
  readonly client: TestCertificate
  readonly server: TestCertificate
  readonly clientTrust: TestAuthority
  readonly serverTrust: TestAuthority
}

async function world(hops: 'wire' | 'memory', workers?: number, tls: Partial<DownstreamTls> = {}) {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const app = await backend()
  const [front, inner] = [await freePort(), await freePort()]
  const { use, log, engine } = testEngine(blobs, { hops }, workers)
  const door: Door = {
    client: authority.leaf({
      subject: { commonName: 'client' },
      uri: ['spiffe://cluster.local/ns/a/sa/client'],
    }),
    server: authority.leaf({ subject: { commonName: 'inner' }, dns: ['inner.test'] }),
    clientTrust: authority,
    serverTrust: authority,
  }
  const put = (change: Partial<Door> = {}, policies: readonly Policy[] = [], rest: Partial<Cluster> = {}) => {
    const { client, server, clientTrust, serverTrust } = { ...door, ...change }
    const outer = proxy(
      'outer',
      [
        listener(front, [
          chain(manager(table(virtualHost(['*'], [route(forward('inner'))])), { accessLog: 'istio-json' })),
        ]),
      ],
      [
        cluster('inner', [endpoint(inner)], {
          tls: {
            when: 'always',
            context: {
              sni: 'inner.test',
              verify: { trust: serverTrust.trust, names: [{ kind: 'dns', value: 'inner.test' }] },
              certificate: client.ref,
              alpn: [],
            },
          },
          ...rest,
        }),
      ],
    )
    const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), {
      accessLog: 'istio-json',
      forwardClientCert: { mode: 'sanitize-set', details: ['subject', 'uri'] },
      ...(policies.length === 0
        ? {}
        : { filters: [{ kind: 'rbac' as const, config: { policies }, origin: {} }] }),
    })
    const second = proxy(
      'inner',
      [
        listener(inner, [
          chain(handler, {
            match: { transport: 'tls', serverNames: ['inner.test'] },
            tls: {
              certificates: [server.ref],
              alpn: [],
              clientCertificate: { mode: 'require', verify: { trust: clientTrust.trust } },
              ...tls,
            },
          }),
        ]),
      ],
      [cluster('app', [endpoint(app.port)])],
    )
    return use(outer, second)
  }
  const handshakes = async (): Promise<number> =>
    Number(/sallyport_tls_handshakes_total\{proxy="inner"[^}]*\} (\d+)/.exec(await engine.metrics())?.[1])
  const seen = () => app.seen.at(-1)?.headers ?? {}
  return { put, front, authority, blobs, handshakes, log, seen, app }
}

test('one handshake over a socket, then none; what the program sees is the same', async () => {
  const { put, front, handshakes, seen, log } = await world('memory')
  await put()
  const headers = []
  for (let i = 0; i < 10; i++) {
    expect(
      (await ask({ port: front, path: `/${i}`, method: 'POST', body: 'x'.repeat(i * 20_000) })).status,
    ).toBe(200)
    const { 'x-request-id': _id, 'content-length': _length, ...rest } = seen()
    headers.push(JSON.stringify(rest))
  }
  expect(await handshakes()).toBe(1)
  expect(new Set(headers).size).toBe(1)
  const inner = log
    .filter(({ proxy: id }) => id === 'inner')
    .map(({ line }) => JSON.parse(line) as Record<string, unknown>)
  expect(new Set(inner.map(({ requested_server_name: name }) => name))).toEqual(new Set(['inner.test']))
  const wire = await world('wire')
  await wire.put()
  await ask({ port: wire.front, path: '/0', method: 'POST' })
  const names = (text: string): string[] => Object.keys(JSON.parse(text) as object)
  const { 'x-request-id': _id, 'content-length': _length, ...rest } = wire.seen()
  expect(names(headers[0] ?? '{}')).toEqual(Object.keys(rest))
})

test.each(['1.2', '1.3'] as const)(
  'TLS %s: either end may be the first to find the handshake good',
  async (version) => {
    const { put, front, handshakes } = await world('memory', undefined, {
      minVersion: version,
      maxVersion: version,
    })
    await put()
    for (let i = 0; i < 5; i++) expect((await ask({ port: front })).status).toBe(200)
    expect(await handshakes()).toBe(1)
  },
)

test('many requests at once, and large bodies both ways', async () => {
  const { put, front, handshakes } = await world('memory')
  await put()
  await ask({ port: front })
  await ask({ port: front })
  const before = await handshakes()
  const body = 'x'.repeat(1_000_000)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask({ port: front, method: 'POST', body })),
  )
  for (const { status, body: text } of answers)
    expect([status, (JSON.parse(text) as { body: string }).body.length]).toEqual([200, body.length])
  expect(await handshakes()).toBe(before)
})

test('a new certificate, of either side, is verified over a socket again', async () => {
  const { put, front, authority, handshakes, seen } = await world('memory')
  await put()
  for (let i = 0; i < 3; i++) await ask({ port: front })
  expect(await handshakes()).toBe(1)
  await put({ server: authority.leaf({ subject: { commonName: 'new' }, dns: ['inner.test'] }) })
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(200)
  expect(await handshakes()).toBe(2)
  await put({ client: authority.leaf({ subject: { commonName: 'renewed' } }) })
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(200)
  expect(seen()['x-forwarded-client-cert']).toContain('Subject="CN=renewed"')
})

test('trust that is taken away shuts the door at once, on either side', async () => {
  const { put, front, blobs } = await world('memory')
  await put()
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(200)
  const stranger = new TestAuthority(blobs, 'Stranger')
  await put({ clientTrust: stranger })
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(503)
  await put()
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(200)
  await put({ serverTrust: stranger })
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(503)
  await put({
    server: stranger.leaf({ subject: { commonName: 'x' }, dns: ['other.test'] }),
    serverTrust: stranger,
  })
  expect((await ask({ port: front })).status).toBe(503)
})

test('a policy that changes counts for the next request', async () => {
  const { put, front, handshakes } = await world('memory')
  await put()
  for (let i = 0; i < 3; i++) expect((await ask({ port: front })).status).toBe(200)
  const principal = (value: string): Policy => ({
    name: 'p',
    action: 'allow',
    origin: {},
    rules: [
      {
        principals: { kind: 'match', attribute: { of: 'principal' }, match: { kind: 'exact', value } },
        permissions: { kind: 'all', of: [] },
        origin: {},
      },
    ],
  })
  await put({}, [principal('cluster.local/ns/a/sa/other')])
  expect((await ask({ port: front })).status).toBe(403)
  await put({}, [principal('cluster.local/ns/a/sa/client')])
  expect((await ask({ port: front })).status).toBe(200)
  expect(await handshakes()).toBe(1)
})

test('failures are those of sockets: a client that leaves, an upstream that is cut', async () => {
  const { put, front, app } = await world('memory')
  await put()
  for (let i = 0; i < 3; i++) await ask({ port: front })
  const client = await raw(front, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf`)
  client.socket.destroy()
  expect((await ask({ port: front })).status).toBe(200)
  const count = app.seen.length
  expect(count).toBeGreaterThanOrEqual(4)
  const dead = await scripted([null])
  expect(dead).toBeGreaterThan(0)
})

test('with workers, the hops of each meet in its memory, after a handshake of its own', async () => {
  const { put, front, handshakes, app } = await world('memory', 2)
  await put()
  // Each worker has a connection of its own to the program.
  while (app.connections() < 2) expect((await ask({ port: front })).status).toBe(200)
  const before = await handshakes()
  for (let i = 0; i < 40; i++) expect((await ask({ port: front })).status).toBe(200)
  expect(await handshakes()).toBe(before)
  expect(before).toBe(2)
})
