// Bytes without HTTP: TCP proxying, SNI passthrough, the PROXY protocol in and out, and the sidecar's forward proxy.
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { Policy } from '../../src/ir/policy.ts'
import { backend, tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { ask, raw } from './testing/client.ts'
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

const tcp = (name: string, rest = {}) => ({
  kind: 'tcp' as const,
  statPrefix: 't',
  clusters: [{ cluster: name, weight: 1 }],
  ...rest,
})
const echo = (): Promise<number> =>
  tcpBackend((socket) => {
    socket.on('data', (bytes: Buffer) => socket.write(bytes.toString('latin1').toUpperCase(), 'latin1'))
    socket.on('end', () => socket.end('bye'))
  })

async function proxied(port: number, handler = tcp('app'), clusterRest = {}, listenerRest = {}) {
  const at = await freePort()
  const { use, engine } = testEngine()
  await use(
    proxy(
      'g',
      [listener(at, [chain(handler)], listenerRest)],
      [cluster('app', [endpoint(port)], { protocol: 'tcp', ...clusterRest })],
    ),
  )
  return { at, engine }
}

test('bytes go both ways, and each side ends when it likes', async () => {
  const { at } = await proxied(await echo())
  const client = await raw(at, 'hello')
  await client.until('HELLO')
  client.socket.end()
  expect(await client.end()).toBe('HELLObye')
})

test('the upstream may speak first', async () => {
  const port = await tcpBackend((socket) => socket.end('220 ready\r\n'))
  const { at } = await proxied(port)
  expect(await (await raw(at)).end()).toBe('220 ready\r\n')
})

test('no upstream: the connection is closed', async () => {
  const { at } = await proxied(await freePort())
  expect(await (await raw(at, 'x')).end()).toBe('')
})

test('policies decide who may connect', async () => {
  const policy = (value: string): Policy => ({
    name: 'ns[a]-policy[b]',
    action: 'deny',
    origin: {},
    rules: [
      {
        principals: { kind: 'cidr', attribute: 'source.ip', value },
        permissions: { kind: 'all', of: [] },
        origin: {},
      },
    ],
  })
  const port = await echo()
  const shut = await proxied(port, tcp('app', { policies: [policy('127.0.0.0/8')] }))
  expect(await (await raw(shut.at, 'x')).end()).toBe('')
  const open = await proxied(port, tcp('app', { policies: [policy('10.0.0.0/8')] }))
  await (await raw(open.at, 'x')).until('X')
})

test('passthrough: TLS goes through untouched to the upstream of its SNI', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const { createServer } = await import('node:tls')
  const tlsBackend = async (name: string): Promise<number> => {
    const leaf = authority.leaf({ subject: { commonName: name }, dns: [name] })
    const server = createServer({ cert: leaf.chain, key: leaf.key }, (socket) => {
      socket.on('error', () => {})
      socket.end(name)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as { port: number }).port
  }
  const at = await freePort()
  const { use } = testEngine(blobs)
  const of = (name: string) => chain(tcp(name), { name, match: { transport: 'tls', serverNames: [name] } })
  await use(
    proxy(
      'g',
      [listener(at, [of('a.test'), of('b.test')])],
      [
        cluster('a.test', [endpoint(await tlsBackend('a.test'))], { protocol: 'tcp' }),
        cluster('b.test', [endpoint(await tlsBackend('b.test'))], { protocol: 'tcp' }),
      ],
    ),
  )
  for (const name of ['a.test', 'b.test']) {
    const got = await new Promise<string>((resolve, reject) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: at,
        servername: name,
        ca: authority.authority.certificate,
      })
      let text = ''
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString()
      })
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    expect(got).toBe(name)
  }
})

test('the PROXY protocol is written to upstreams: whose connection it is, then the bytes', async () => {
  for (const version of ['v1', 'v2'] as const) {
    let seen = Buffer.alloc(0)
    let whole: (() => void) | undefined
    const arrived = new Promise<void>((resolve) => {
      whole = resolve
    })
    const port = await tcpBackend((socket) => {
      socket.on('data', (bytes: Buffer) => {
        seen = Buffer.concat([seen, bytes])
        if (seen.includes('hello')) whole?.()
      })
    })
    const { at } = await proxied(port, tcp('app'), { proxyProtocol: version })
    const client = await raw(at, 'hello')
    await arrived
    const { localPort } = client.socket
    if (version === 'v1')
      expect(seen.toString()).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${at}\r\nhello`)
    else {
      expect(seen.subarray(0, 12).toString('hex')).toBe('0d0a0d0a000d0a515549540a')
      expect(seen.subarray(12, 16).toString('hex')).toBe('2111000c')
      expect([seen.readUInt16BE(24), seen.readUInt16BE(26)]).toEqual([localPort, at])
      expect(seen.subarray(28).toString()).toBe('hello')
    }
  }
})

test('the PROXY protocol is read from clients: their address is the one it tells', async () => {
  const app = await backend()
  const at = await freePort()
  const { use } = testEngine()
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(
    proxy(
      'g',
      [listener(at, [chain(handler)], { proxyProtocol: true })],
      [cluster('app', [endpoint(app.port)])],
    ),
  )
  const send = async (header: Buffer, byByte = false): Promise<string> => {
    const client = await raw(at)
    const bytes = Buffer.concat([
      header,
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    ])
    if (byByte) for (const byte of bytes) client.socket.write(Buffer.from([byte]))
    else client.socket.write(bytes)
    return client.end()
  }
  const v1 = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1234 443\r\n')
  const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000202c633640104d201bb', 'hex')
  const v6 = Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r\n')
  const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')
  for (const [header, byByte] of [
    [v1, false],
    [v2, false],
    [v6, false],
    [local, false],
    [v1, true],
    [v2, true],
  ] as const) {
    expect(await send(header, byByte)).toContain('HTTP/1.1 200')
  }
  expect(app.seen.map(({ headers }) => headers['x-forwarded-for'])).toEqual([
    '192.0.2.1',
    '192.0.2.2',
    '2001:db8::1',
    '127.0.0.1',
    '192.0.2.1',
    '192.0.2.2',
  ])
  for (const bad of [
    'GET / HTTP/1.1\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 x\r\n',
    'PROXY TCP4 ::1 ::1 1 2\r\n',
    'PROXY TCP4 1.2.3.4 5.6.7.8 1 70000\r\n',
    `PROXY ${'x'.repeat(200)}`,
  ]) {
    expect(await send(Buffer.from(bad))).toBe('')
  }
})

test('the sidecar’s forward proxy: absolute targets and CONNECT, to services and to the outside', async () => {
  const [service, outside] = [await backend(), await backend()]
  const plain = await echo()
  const { port } = await gateway(
    manager(
      table(
        virtualHost(['httpbin.test'], [route(forward('service'))]),
        virtualHost(['*'], [route(forward('PassthroughCluster'))]),
      ),
      { forwardProxy: true, clientAddress: { useRemoteAddress: false, trustedHops: 0 } },
    ),
    [
      cluster('service', [endpoint(service.port)]),
      cluster('PassthroughCluster', [], { protocol: 'downstream', passthrough: true }),
    ],
  )
  expect((await ask({ port, path: 'http://httpbin.test/x', headers: { host: 'httpbin.test' } })).status).toBe(
    200,
  )
  expect(service.seen[0]).toMatchObject({ url: '/x', headers: { host: 'httpbin.test' } })
  const host = `127.0.0.1:${outside.port}`
  expect((await ask({ port, path: `http://${host}/y`, headers: { host } })).status).toBe(200)
  expect(outside.seen[0]).toMatchObject({ url: '/y', headers: { host } })
  const tunnel = await raw(port, `CONNECT 127.0.0.1:${plain} HTTP/1.1\r\nHost: 127.0.0.1:${plain}\r\n\r\n`)
  expect(await tunnel.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  tunnel.write('hello')
  await tunnel.until('HELLO')
  tunnel.socket.end()
  expect(await tunnel.end()).toContain('bye')
  const nobody = await raw(port, `CONNECT 127.0.0.1:${await freePort()} HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect(await nobody.until('\r\n\r\n')).toContain('HTTP/1.1 503')
})

test('TCP connections are counted', async () => {
  const { at, engine } = await proxied(await echo())
  const client = await raw(at, 'hello')
  await client.until('HELLO')
  client.socket.end()
  await client.end()
  while (!(await engine.metrics()).includes('istio_tcp_received_bytes_total{'))
    await new Promise((resolve) => setImmediate(resolve))
  const metrics = await engine.metrics()
  expect(metrics).toMatch(/istio_tcp_received_bytes_total\{[^}]*\} 5\n/)
  expect(metrics).toMatch(/istio_tcp_sent_bytes_total\{[^}]*\} 8\n/)
})
