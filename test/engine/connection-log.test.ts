// Lines about connections without a request: the same on the Node engine and on Envoy, in text and JSON.
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

/** A TCP door and one with mutual TLS for a.test. */
async function doors(start: (typeof engines)[number][1], format: AccessLogFormat) {
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => socket.write('hello'))
    socket.on('end', () => socket.end())
  })
  const [tcp, tls] = [await freePort(), await freePort()]
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
  const model = {
    proxies: [
      proxy(
        'gw',
        [listener(tcp, [chain(handler)]), listener(tls, [secure])],
        [cluster('up', [endpoint(upstream)], { protocol: 'tcp' })],
      ),
    ],
  }
  expect((await engine.apply({ version: 1, model, blobs })).rejected).toEqual([])
  return {
    tcp,
    tls,
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

  test('JSON', async () => {
    const { tcp, tls, upstream, ca, line } = await doors(start, 'istio-json')
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
