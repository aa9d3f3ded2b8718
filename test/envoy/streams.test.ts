// The streams of the control plane on the wire: the state of the world, and clients that come back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { createEnvoyEngine } from '../../src/engines/envoy/index.ts'
import { bootstrap } from '../../src/engines/envoy/run/bootstrap.ts'
import { EnvoyChild } from '../../src/engines/envoy/run/envoy-child.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import type { Route, VirtualHost } from '../../src/ir/route.ts'
import { TestAuthority, TestBlobs } from '../engine/testing/certificates.ts'
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
import { cutter } from './testing/cutter.ts'
import { SotwClient } from './testing/sotw-client.ts'
import { XdsClient } from './testing/xds-client.ts'

async function controlPlane(port = 0) {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-streams-'))
  const blobs = new TestBlobs()
  const reports: Diagnostic[] = []
  const engine = await createEnvoyEngine({
    locate: (host, at) => ({ host, port: at }),
    accessLog: () => undefined,
    report: (diagnostic) => reports.push(diagnostic),
    log: () => undefined,
    directory,
    listen: { host: '127.0.0.1', port },
  })
  const close = async () => {
    await engine.close()
    rmSync(directory, { recursive: true, force: true })
  }
  onTestFinished(close)
  let version = 0
  const apply = async (...proxies: readonly Proxy[]) =>
    (await engine.apply({ version: ++version, model: { proxies }, blobs })).rejected
  return { engine, blobs, reports, apply, close, address: `127.0.0.1:${engine.port}` }
}

/** A real Envoy that is told by one kind of stream, by way of `port`. */
async function realEnvoy(node: string, port: number, kind: 'GRPC' | 'DELTA_GRPC'): Promise<EnvoyChild> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-stream-'))
  const adminPort = await freePort()
  const file = join(directory, 'bootstrap.json')
  const message = JSON.stringify(
    bootstrap(proxy(node, [], []), {
      ads: { host: '127.0.0.1', port },
      admin: { host: '127.0.0.1', port: adminPort },
    }),
  )
  writeFileSync(file, message.replace('"DELTA_GRPC"', `"${kind}"`))
  const child = new EnvoyChild({
    binary: envoyBinary ?? '',
    arguments: ['-c', file, '--concurrency', '1', '--log-level', 'error', '--disable-hot-restart'],
    adminPort,
    baseIdFile: join(directory, 'none'),
    accessLog: () => undefined,
    log: () => undefined,
  })
  onTestFinished(async () => {
    await child.end()
    rmSync(directory, { recursive: true, force: true })
  })
  return child
}

function ask(port: number, host: string): Promise<number> {
  return new Promise((resolve) => {
    request({ host: '127.0.0.1', port, headers: { host }, agent: false }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
      .on('error', () => resolve(0))
      .end()
  })
}

/** A program that answers with this status. */
async function program(status: number): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const origin = (name: string) => ({ object: { apiVersion: 'v1', kind: 'Thing', name, namespace: 'x' } })
const host = (
  name: string,
  action: Route['action'] = { kind: 'direct-response', status: 201 },
): VirtualHost => virtualHost([name], [route(action)], { origin: origin(name) })
const gateway = (id: string, port: number, hosts: readonly VirtualHost[], clusters: Proxy['clusters'] = []) =>
  proxy(id, [listener(port, [chain(manager(table(...hosts)))])], clusters, { origin: origin(id) })

it('a stream ends with its node, so that one that comes back is told anew', async () => {
  const { apply, address } = await controlPlane()
  const [a, b] = [gateway('a', 1, [host('h')]), gateway('b', 2, [host('h')])]
  await apply(a, b)
  const client = new XdsClient({ address, node: 'a' })
  onTestFinished(() => client.close())
  client.subscribe('listeners')
  await client.until(() => client.names('listeners').length === 1)
  await apply(b)
  expect(await client.ended).toBe('end')
})

describe('a state-of-the-world client', () => {
  it('gets a type whole, in make-before-break order, and the rest once it has judged what others refer to', async () => {
    const { apply, address } = await controlPlane()
    const clusters = (...names: readonly string[]) => names.map((name) => cluster(name, [endpoint(1)]))
    await apply(gateway('a', 1, [host('h', forward('old'))], clusters('old')))
    const client = new SotwClient(address, 'a')
    onTestFinished(() => client.close())
    const names = { clusters: [], endpoints: ['old', 'new'], listeners: [], routes: ['table'] } as const
    const types = ['clusters', 'endpoints', 'listeners', 'routes'] as const
    for (const type of types) client.say(type, names[type])
    let read = 0
    /** Takes the next answers one by one. */
    const take = async (count: number) => {
      const said: string[] = []
      for (let index = 0; index < count; index++, read++) {
        await expect.poll(() => client.answers.length).toBeGreaterThan(read)
        const answer = client.answers[read]
        if (!answer) throw new Error('nothing came')
        said.push(`${answer.type} ${answer.names.join(' ')}`)
        client.say(answer.type, names[answer.type as keyof typeof names], answer)
      }
      return said
    }
    expect((await take(4)).sort()).toEqual([
      'clusters old',
      'endpoints old',
      'listeners 127.0.0.1_1',
      'routes table',
    ])
    const applied = apply(gateway('a', 1, [host('h', forward('new'))], clusters('new')))
    expect(await take(4)).toEqual(['clusters new old', 'endpoints new', 'routes table', 'clusters new'])
    expect(await applied).toEqual([])
    expect(client.answers).toHaveLength(8)
  })

  it('is not heard on a response that another has followed, and stops nobody with a refusal', async () => {
    const { apply, address, reports, engine } = await controlPlane()
    const both = (status: number) => [
      gateway('a', 1, [host('h', { kind: 'direct-response', status })]),
      gateway('b', 2, [host('h', { kind: 'direct-response', status })]),
    ]
    await apply(...both(201))
    const [one, other] = ['a', 'b'].map((node) => new SotwClient(address, node))
    if (!one || !other) throw new Error('no clients')
    onTestFinished(() => {
      one.close()
      other.close()
    })
    const routes = (client: SotwClient) => client.answers.filter(({ type }) => type === 'routes')
    for (const client of [one, other]) {
      client.say('listeners', [])
      await expect.poll(() => client.answers.length).toBe(1)
      client.say('listeners', [], client.answers[0])
      client.say('routes', ['table'])
      await expect.poll(() => routes(client).length).toBe(1)
    }
    // `one` has not said anything of the first when the second is sent.
    const pending = apply(...both(202))
    await expect.poll(() => routes(one).length).toBe(2)
    const [first, second] = routes(one)
    one.say('routes', ['table'], first, 'too late to matter')
    one.say('routes', ['table'], second, 'no such thing as table')
    await expect.poll(() => reports.length).toBe(1)
    expect(reports[0]).toMatchObject({ code: 'SP0801', message: expect.stringContaining('no such thing') })
    await expect.poll(() => routes(other).length).toBe(2)
    for (const answer of routes(other)) other.say('routes', ['table'], answer)
    expect((await pending).map(({ message }) => message)).toEqual([
      'a refused routes table: no such thing as table',
    ])
    expect(await engine.metrics()).toContain('sallyport_xds_rejected_resources{node="a"} 1')
  })

  it('gets no key that its chains do not name', async () => {
    const { apply, address, blobs } = await controlPlane()
    const authority = new TestAuthority(blobs)
    const secure = (id: string, port: number) => {
      const leaf = authority.leaf({ subject: { commonName: `${id}.test` }, dns: [`${id}.test`] })
      const tls = { certificates: [leaf.ref], alpn: [], clientCertificate: { mode: 'none' } } as const
      return {
        secret: `${leaf.ref.name}~${leaf.ref.chain.slice(0, 12)}`,
        proxy: proxy(id, [listener(port, [chain(manager(table(host(`${id}.test`))), { tls })])], []),
      }
    }
    const [a, b] = [secure('a', 1), secure('b', 2)]
    await apply(a.proxy, b.proxy)
    const client = new SotwClient(address, 'a')
    onTestFinished(() => client.close())
    client.say('secrets', [b.secret, a.secret])
    await expect.poll(() => client.answers.length).toBe(1)
    expect(client.answers[0]?.names).toEqual([a.secret])
  })
})

describe.skipIf(!envoyBinary)(`a real Envoy ${needsEnvoy}`, () => {
  it('moves a host to another cluster without a failure, by either kind of stream', async () => {
    const [one, two] = [await program(201), await program(202)]
    for (const kind of ['GRPC', 'DELTA_GRPC'] as const) {
      const { apply, engine } = await controlPlane()
      const port = await freePort()
      const to = (name: string, upstream: number) =>
        gateway('a', port, [host('h', forward(name))], [cluster(name, [endpoint(upstream)])])
      await apply(to('one', one))
      const envoy = await realEnvoy('a', engine.port, kind)
      await expect.poll(() => ask(port, 'h'), { timeout: 30_000 }).toBe(201)
      const seen = new Set<number>()
      for (let round = 0; round < 5; round++) {
        let moved = false
        const moving = apply(round % 2 === 0 ? to(`two-${round}`, two) : to(`one-${round}`, one)).then(() => {
          moved = true
        })
        while (!moved) seen.add(await ask(port, 'h'))
        await moving
      }
      expect([kind, [...seen].sort()]).toEqual([kind, [201, 202]])
      expect(await ask(port, 'h')).toBe(202)
      await envoy.end()
    }
  })

  it('keeps a route that it knows when it refuses the next, by the state of the world', async () => {
    const { apply, engine } = await controlPlane()
    const [port, other] = [await freePort(), await freePort()]
    await apply(gateway('a', port, [host('h')]), gateway('b', other, [host('h')]))
    for (const node of ['a', 'b']) await realEnvoy(node, engine.port, 'GRPC')
    for (const one of [port, other]) await expect.poll(() => ask(one, 'h'), { timeout: 30_000 }).toBe(201)
    const bad = virtualHost(
      ['h'],
      [
        route(
          { kind: 'direct-response', status: 200 },
          { match: { path: { kind: 'regex', value: '/(unclosed' } } },
        ),
      ],
      { origin: origin('h') },
    )
    const better = host('h', { kind: 'direct-response', status: 203 })
    const rejected = await apply(gateway('a', port, [bad]), gateway('b', other, [better]))
    expect(rejected).toMatchObject([{ code: 'SP0801' }])
    expect(await ask(port, 'h')).toBe(201)
    expect(await ask(other, 'h')).toBe(203)
    expect(await apply(gateway('a', port, [better]), gateway('b', other, [better]))).toEqual([])
    expect(await ask(port, 'h')).toBe(203)
  })

  it('goes on without the control plane, and takes up where it was, also with another one', async () => {
    const first = await controlPlane()
    const relay = await cutter(first.engine.port)
    onTestFinished(() => relay.close())
    const port = await freePort()
    const world = (status: number) =>
      gateway('a', port, [host('h', { kind: 'direct-response', status }), host('i')])
    await first.apply(world(201))
    await realEnvoy('a', relay.port, 'DELTA_GRPC')
    for (const name of ['h', 'i']) await expect.poll(() => ask(port, name), { timeout: 30_000 }).toBe(201)

    const connections = relay.connections()
    relay.cut()
    expect(await ask(port, 'h')).toBe(201)
    await expect.poll(() => relay.connections(), { timeout: 30_000 }).toBeGreaterThan(connections)
    await first.apply(world(202))
    await expect.poll(() => ask(port, 'h'), { timeout: 30_000 }).toBe(202)
    expect(await ask(port, 'i')).toBe(201)

    await first.close()
    expect(await ask(port, 'h')).toBe(202)
    const second = await controlPlane(first.engine.port)
    await second.apply(world(203))
    await expect.poll(() => ask(port, 'h'), { timeout: 60_000 }).toBe(203)
    expect(await ask(port, 'i')).toBe(201)
  })
})
