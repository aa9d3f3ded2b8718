// The control plane and its clients over the wire: who may ask, what is sent, and what a refusal does to others.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { xdsIdentities } from '../../src/control/engine/xds-identities.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { createEnvoyEngine } from '../../src/engines/envoy/index.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import type { VirtualHost } from '../../src/ir/route.ts'
import { openMeshAuthority } from '../../src/pki/mesh-authority.ts'
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
import { XdsClient, type XdsClientOptions } from './testing/xds-client.ts'

async function setUp(options: { readonly binary?: string; readonly secure?: boolean } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-ads-'))
  const mesh = await openMeshAuthority({ folder: directory })
  const identities = xdsIdentities(mesh)
  const blobs = new TestBlobs()
  const reports: Diagnostic[] = []
  const said: string[] = []
  const port = await freePort()
  const engine = await createEnvoyEngine({
    locate: (host, one) => ({ host, port: one }),
    accessLog: () => undefined,
    report: (diagnostic) => reports.push(diagnostic),
    log: (text) => said.push(text),
    directory,
    listen: { host: '127.0.0.1', port },
    ...(options.binary === undefined ? {} : { binary: options.binary }),
    ...(options.secure === false ? {} : { identities }),
  })
  onTestFinished(async () => {
    await engine.close()
    rmSync(directory, { recursive: true, force: true })
  })
  let version = 0
  const use = async (...proxies: readonly Proxy[]) =>
    (await engine.apply({ version: ++version, model: { proxies }, blobs })).rejected
  const connect = (node: string, more: Partial<XdsClientOptions> & { readonly as?: string } = {}) => {
    const identity = identities.client(more.as ?? node)
    const client = new XdsClient({
      address: `127.0.0.1:${port}`,
      node,
      credentials:
        options.secure === false
          ? credentials.createInsecure()
          : credentials.createSsl(
              Buffer.from(identity.trust),
              Buffer.from(identity.key),
              Buffer.from(identity.certificate),
              { checkServerIdentity: () => undefined },
            ),
      ...more,
    })
    onTestFinished(() => client.close())
    return client
  }
  return { engine, mesh, blobs, reports, said, port, use, connect, identities }
}

const origin = (name: string) => ({ object: { apiVersion: 'v1', kind: 'Thing', name, namespace: 'x' } })

function gateway(id: string, hosts: readonly VirtualHost[], port: number, more: Partial<Proxy> = {}): Proxy {
  return proxy(
    id,
    [listener(port, [chain(manager(table(...hosts)))], { origin: origin(id) })],
    [cluster('app', [endpoint(1)], { origin: origin(`${id}-app`) })],
    { origin: origin(id), ...more },
  )
}
const host = (name: string) => virtualHost([name], [route(forward('app'))], { origin: origin(name) })

describe('the ADS port', () => {
  it('takes nobody without a certificate of the mesh, and nobody for another node', async () => {
    const { use, connect, port } = await setUp()
    await use(gateway('a', [host('a.test')], 1), gateway('b', [host('b.test')], 2))
    const stranger = await setUp()
    const cases: readonly [XdsClient, RegExp][] = [
      [connect('a', { credentials: credentials.createInsecure() }), /UNAVAILABLE/],
      [connect('a', { as: 'b' }), /PERMISSION_DENIED/],
      [connect('c'), /PERMISSION_DENIED/],
      [stranger.connect('a', { address: `127.0.0.1:${port}` }), /UNAVAILABLE/],
    ]
    for (const [client, error] of cases) {
      client.subscribe('clusters')
      expect(await client.ended).toMatch(error)
      expect(client.responses).toEqual([])
    }
    const right = connect('a')
    right.subscribe('clusters')
    await right.until(() => right.names('clusters').includes('app'))
  })

  it('gives a key only to the node whose chains name it', async () => {
    const { use, connect, blobs } = await setUp()
    const authority = new TestAuthority(blobs)
    const secure = (id: string, port: number) => {
      const leaf = authority.leaf({ subject: { commonName: `${id}.test` }, dns: [`${id}.test`] })
      const tls = { certificates: [leaf.ref], alpn: [], clientCertificate: { mode: 'none' } } as const
      return {
        secret: `${leaf.ref.name}~${leaf.ref.chain.slice(0, 12)}`,
        proxy: proxy(
          id,
          [listener(port, [chain(manager(table(host(`${id}.test`))), { tls })])],
          [cluster('app', [endpoint(1)])],
        ),
      }
    }
    const [a, b] = [secure('a', 1), secure('b', 2)]
    await use(a.proxy, b.proxy)
    const client = connect('a')
    client.subscribe('secrets', [b.secret, a.secret])
    await client.until(() => client.names('secrets').length > 0)
    client.subscribe('clusters')
    await client.until(() => client.names('clusters').length > 0)
    expect(client.names('secrets')).toEqual([a.secret])
  })

  it('sends one resource for one change among many, and nothing for none', async () => {
    const { use, connect } = await setUp()
    const hosts = Array.from({ length: 500 }, (_, index) => host(`h${index}.test`))
    await use(gateway('a', hosts, 1))
    const client = connect('a')
    client.subscribe('clusters')
    client.subscribe('listeners')
    client.subscribe('endpoints', ['app'])
    client.subscribe('routes', ['table'])
    client.subscribe('virtualHosts')
    await client.until(() => client.names('virtualHosts').length === 500)
    const before = client.responses.length
    await use(gateway('a', hosts, 1))
    const changed = hosts.map((one, index) => (index === 250 ? host('h250.test') : one))
    await use(gateway('a', changed, 1))
    await client.until(() => client.responses.length > before)
    const sent = client.responses.slice(before).filter(({ type }) => type === 'virtualHosts')
    expect(sent).toEqual([{ type: 'virtualHosts', names: ['table/h250.test'], removed: [] }])
    await use(gateway('a', changed.slice(1), 1))
    await client.until(() => client.names('virtualHosts').length === 499)
    expect(client.responses.at(-1)).toEqual({ type: 'virtualHosts', names: [], removed: ['table/h0.test'] })
  })

  it('a refusal of one resource stops no other, is named, and is over when the resource is good again', async () => {
    const { use, connect, engine, reports } = await setUp()
    const bad = (type: string, names: readonly string[]) =>
      type === 'virtualHosts' && names.includes('table/h7.test') ? 'Invalid regex' : undefined
    let judge: typeof bad | undefined = bad
    const client = connect('a', { judge: (type, names) => judge?.(type, names) })
    const other = connect('b')
    const hosts = Array.from({ length: 20 }, (_, index) => host(`h${index}.test`))
    const b = gateway('b', [host('b.test')], 2)
    await use(gateway('a', hosts, 1), b)
    for (const one of [client, other]) {
      one.subscribe('clusters')
      one.subscribe('listeners')
      one.subscribe('routes', ['table'])
      one.subscribe('endpoints', ['app'])
      one.subscribe('virtualHosts')
    }
    await client.until(() => client.names('virtualHosts').length === 19)
    await other.until(() => other.names('virtualHosts').length === 1)
    expect(client.names('virtualHosts')).not.toContain('table/h7.test')
    await expect.poll(() => reports.length).toBe(1)
    expect(reports[0]).toMatchObject({ code: 'SP0801', origin: origin('h7.test') })
    expect(await engine.metrics()).toContain('sallyport_xds_rejected_resources{node="a"} 1')
    const changed = (name: string) => hosts.map((one) => (one.name === name ? host(name) : one))
    const rejected = await use(gateway('a', changed('h3.test'), 1), b)
    expect(rejected.map(({ message }) => message)).toEqual([
      'a refused virtualHosts table/h7.test: Invalid regex',
    ])
    judge = undefined
    expect(await use(gateway('a', changed('h7.test'), 1), b)).toEqual([])
    expect(client.names('virtualHosts')).toHaveLength(20)
  })

  it.skipIf(!envoyBinary)(`a route that Envoy refuses is a finding at its origin ${needsEnvoy}`, async () => {
    const { use } = await setUp(envoyBinary === undefined ? {} : { binary: envoyBinary })
    const [one, two] = [await freePort(), await freePort()]
    const broken = virtualHost(
      ['bad.test'],
      [
        route({ kind: 'direct-response', status: 200 }, { name: 'good' }),
        route(
          { kind: 'direct-response', status: 200 },
          {
            name: 'bad',
            match: { path: { kind: 'regex', value: '/(unclosed' } },
            origin: origin('bad-route'),
          },
        ),
      ],
      { origin: origin('bad.test') },
    )
    const answers = (name: string) =>
      virtualHost([name], [route({ kind: 'direct-response', status: 202 })], { origin: origin(name) })
    const rejected = await use(
      gateway('a', [answers('good.test'), broken], one),
      gateway('b', [answers('b.test')], two),
    )
    expect(rejected).toHaveLength(1)
    expect(rejected[0]).toMatchObject({ code: 'SP0801', origin: origin('bad-route') })
    const ask = (port: number, name: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: '127.0.0.1', port, headers: { host: name } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await ask(one, 'good.test')).toBe(202)
    expect(await ask(two, 'b.test')).toBe(202)
    expect(
      await use(gateway('a', [answers('good.test')], one), gateway('b', [answers('b.test')], two)),
    ).toEqual([])
  })
})
