// Lines about connections without a request: the same on the Node engine and on Envoy, in text and JSON.
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { AccessLogFormat } from '../../src/ir/listener.ts'
import { envoyBinary } from '../envoy/testing/binary.ts'
import { realEnvoy } from '../envoy/testing/engine.ts'
import { tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { ask, raw } from './testing/client.ts'
import { chain, cluster, endpoint, freePort, listener, manager, proxy, table } from './testing/model.ts'

const engines: readonly (readonly [string, (options: EngineOptions) => Engine | Promise<Engine>])[] = [
  ['node', (options) => createNodeEngine(options)],
  ...(envoyBinary === undefined ? [] : [['envoy', (options: EngineOptions) => realEnvoy(options)] as const]),
]

/** A TCP door, one with mutual TLS for a.test, one with that and plaintext, one that refuses whatever comes, and one without chains. */
async function doors(start: (typeof engines)[number][1], format: AccessLogFormat) {
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => socket.write('hello'))
    socket.on('end', () => socket.end())
  })
  const [tcp, tls, either] = [await freePort(), await freePort(), await freePort()]
  const [refusing, empty] = [await freePort(), await freePort()]
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs, 'CA')
  const certificate = authority.leaf({ subject: { commonName: 'a.test' }, dns: ['a.test'] })
  const lines: string[] = []
  let wake = () => {}
  const engine = await start({
    locate: (host, port) => ({ host, port }),
    accessLog: (_proxy, line) => {
      lines.push(line)
      wake()
    },
    report: () => {},
  })
  onTestFinished(() => engine.close())
  const handler = {
    kind: 'tcp',
    statPrefix: 't',
    clusters: [{ cluster: 'up', weight: 1 }],
    connectionLog: format,
  } as const
  const settings = {
    certificates: [certificate.ref],
    alpn: [],
    clientCertificate: { mode: 'require', verify: { trust: authority.trust } },
  } as const
  const secure = chain(manager(table(), { accessLog: format }), {
    match: { transport: 'tls', serverNames: ['a.test'] },
    tls: settings,
  })
  const plain = chain(manager(table(), { accessLog: format }), {
    name: 'plain',
    match: { transport: 'plaintext' },
  })
  const refused = chain(manager(table(), { accessLog: format }), {
    match: { transport: 'tls' },
    refuse: { reason: 'SP0202', message: 'Secret "a/b" is 100% wrong' },
  })
  const model = {
    proxies: [
      proxy(
        'gw',
        [
          listener(tcp, [chain(handler)]),
          listener(tls, [secure]),
          listener(either, [secure, plain]),
          listener(refusing, [refused]),
          listener(empty, []),
        ],
        [cluster('up', [endpoint(upstream)], { protocol: 'tcp' })],
      ),
    ],
  }
  expect((await engine.apply({ version: 1, model, blobs })).rejected).toEqual([])
  return {
    tcp,
    tls,
    either,
    refusing,
    empty,
    upstream,
    ca: authority.authority.certificate,
    async line(): Promise<string> {
      while (lines.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return lines.shift() ?? ''
    },
  }
}

/** The first bytes of a client. */
function clientHello(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => {}, write: (bytes: Buffer) => resolve(bytes) })
    connectTls({ socket: wire, servername }).on('error', () => {})
  })
}

describe.each(engines)('on %s', (_name, start) => {
  test('text', async () => {
    const { tcp, tls, upstream, ca, line } = await doors(start, 'istio-text')
    const client = await raw(tcp, 'hi')
    await client.until('hello')
    client.socket.end()
    const at = String.raw`127\.0\.0\.1`
    expect(await line()).toMatch(
      new RegExp(
        `^\\[[^\\]]+Z\\] "- - -" 0 - - - "-" 2 5 \\d+ - "-" "-" "-" "-" "${at}:${upstream}" up ${at}:\\d+ ${at}:${tcp} ${at}:\\d+ - -$`,
      ),
    )
    const to = { port: tls, ca, headers: { host: 'a.test' } }
    await expect(ask({ ...to, servername: 'a.test' })).rejects.toThrow()
    expect(await line()).toMatch(
      new RegExp(
        `"- - -" 0 - - - "TLS_error:\\S+" 0 0 \\d+ - "-" "-" "-" "-" "-" - - ${at}:${tls} ${at}:\\d+ a\\.test -$`,
      ),
    )
    await expect(ask({ ...to, servername: 'b.test' })).rejects.toThrow()
    expect(await line()).toMatch(/"- - -" 0 NR filter_chain_not_found - "-" 0 0 \d+ - .* b\.test -$/)
  })

  test('a chain that refuses, and a listener without chains', async () => {
    const { refusing, empty, ca, line } = await doors(start, 'istio-text')
    const to = { ca, servername: 'a.test' }
    await expect(ask({ ...to, port: refusing })).rejects.toThrow()
    expect(await line()).toMatch(
      /"- - -" 0 - - - "TLS_error:Secret_'a\/b'_is_100%_wrong" 0 0 \d+ - "-" "-" "-" "-" "-" - - .* a\.test -$/,
    )
    await expect(ask({ ...to, port: empty })).rejects.toThrow()
    expect(await line()).toMatch(
      /"- - -" 0 NR filter_chain_not_found - "-" \d+ 0 \d+ - .* - - \S+ \S+ \S+ -$/,
    )
  })

  test('a request in plaintext where TLS is taken as well has its own line and no other', async () => {
    const { either, ca, line } = await doors(start, 'istio-text')
    expect((await ask({ port: either })).status).toBe(404)
    expect(await line()).toMatch(/"GET \/ HTTP\/1.1" 404 /)
    await expect(ask({ ca, servername: 'a.test', port: either })).rejects.toThrow()
    expect(await line()).toMatch(/"- - -" 0 - - - "TLS_error:\S+" .* a\.test -$/)
  })

  test('a handshake that takes its time begins when its connection came', async () => {
    const { tls, line } = await doors(start, 'istio-text')
    const client = connectPlain(tls, '127.0.0.1')
    client.on('error', () => {})
    client.write(await clientHello('a.test'))
    await once(client, 'data')
    const shaking = Date.now()
    while (Date.now() <= shaking + 1) await new Promise((resolve) => setTimeout(resolve, 1))
    client.write('no TLS')
    const [, time = ''] = /^\[(\S+)\] "- - -" 0 - - - "TLS_error/.exec(await line()) ?? []
    expect(Date.parse(time)).toBeLessThanOrEqual(shaking)
  })

  test('JSON', async () => {
    const { tcp, tls, refusing, upstream, ca, line } = await doors(start, 'istio-json')
    const client = await raw(tcp, 'hi')
    await client.until('hello')
    client.socket.end()
    const nothing = {
      method: null,
      path: null,
      protocol: null,
      response_code: 0,
      user_agent: null,
      request_id: null,
    }
    expect(JSON.parse(await line())).toMatchObject({
      ...nothing,
      response_flags: '-',
      bytes_received: 2,
      bytes_sent: 5,
      upstream_host: `127.0.0.1:${upstream}`,
      upstream_cluster: 'up',
      downstream_local_address: `127.0.0.1:${tcp}`,
    })
    const to = { port: tls, ca, headers: { host: 'a.test' } }
    await expect(ask({ ...to, servername: 'a.test' })).rejects.toThrow()
    expect(JSON.parse(await line())).toMatchObject({
      ...nothing,
      response_flags: '-',
      upstream_transport_failure_reason: expect.stringMatching(/^TLS_error:\S+$/),
      requested_server_name: 'a.test',
    })
    await expect(ask({ ...to, port: refusing, servername: 'a.test' })).rejects.toThrow()
    expect(JSON.parse(await line())).toMatchObject({
      ...nothing,
      response_flags: '-',
      upstream_transport_failure_reason: "TLS_error:Secret_'a/b'_is_100%_wrong",
    })
    await expect(ask({ ...to, servername: 'b.test' })).rejects.toThrow()
    expect(JSON.parse(await line())).toMatchObject({
      ...nothing,
      response_flags: 'NR',
      response_code_details: 'filter_chain_not_found',
      requested_server_name: 'b.test',
    })
  })

  test('off', async () => {
    const { tcp, tls, ca, line } = await doors(start, 'off')
    const client = await raw(tcp, 'hi')
    await client.until('hello')
    client.socket.end()
    await client.end()
    await expect(ask({ port: tls, ca, servername: 'b.test' })).rejects.toThrow()
    const said = await Promise.race([line(), new Promise((resolve) => setTimeout(resolve, 300, 'nothing'))])
    expect(said).toBe('nothing')
  })
})
