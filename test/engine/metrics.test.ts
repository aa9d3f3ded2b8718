// The figures of the engine as a scraper reads them: Istio's families with their whole label sets, gRPC messages, TCP, handshakes, pools.
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../src/engines/engine.ts'
import { parseExposition, type Sample, total } from '../exposition.ts'
import { backend, tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
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

const SERVICE = { name: 'httpbin', namespace: 'shop', host: 'httpbin.shop.svc.cluster.local' }
const WORKLOAD = { namespace: 'shop', name: 'httpbin', app: 'httpbin', version: 'v1' }
const scrape = async (engine: Engine): Promise<readonly Sample[]> => parseExposition(await engine.metrics())

/** Istio's labels of a source's report, and `proxy`. */
const LABELS = {
  proxy: 'gw',
  reporter: 'source',
  source_workload: 'gw',
  source_workload_namespace: 'test',
  source_principal: 'unknown',
  source_app: 'unknown',
  source_version: 'unknown',
  source_canonical_service: 'gw',
  source_canonical_revision: 'latest',
  source_cluster: 'Kubernetes',
  destination_workload: 'httpbin',
  destination_workload_namespace: 'shop',
  destination_principal: 'unknown',
  destination_app: 'httpbin',
  destination_version: 'v1',
  destination_canonical_service: 'httpbin',
  destination_canonical_revision: 'v1',
  destination_cluster: 'Kubernetes',
  destination_service: SERVICE.host,
  destination_service_name: 'httpbin',
  destination_service_namespace: 'shop',
  request_protocol: 'http',
  response_code: '200',
  grpc_response_status: '',
  response_flags: '-',
  connection_security_policy: 'unknown',
}

test('requests to two endpoints of a workload are one sample with Istio’s labels, and as many as were sent', async () => {
  const apps = [await backend(), await backend()]
  const port = await freePort()
  const { use, engine } = testEngine()
  const clusters = [
    cluster(
      'app',
      apps.map((app) => endpoint(app.port, { workload: WORKLOAD })),
      { service: SERVICE },
    ),
  ]
  await use(
    proxy(
      'gw',
      [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
      clusters,
    ),
  )
  for (let i = 0; i < 7; i++) await ask({ port, method: 'POST', body: 'x'.repeat(20) })
  expect(apps.every(({ seen }) => seen.length > 0)).toBe(true)
  const samples = await scrape(engine)
  expect(samples.filter(({ name }) => name === 'istio_requests_total')).toEqual([
    { family: 'istio_requests_total', name: 'istio_requests_total', labels: LABELS, value: 7 },
  ])
  for (const name of ['istio_request_duration_milliseconds', 'istio_request_bytes', 'istio_response_bytes']) {
    expect(samples.find((one) => one.name === `${name}_count`)).toMatchObject({ labels: LABELS, value: 7 })
  }
  expect(total(samples, 'istio_request_bytes_sum')).toBe(140)
  expect(total(samples, 'istio_response_bytes_sum')).toBe(
    apps.flatMap(({ seen }) => seen).reduce((sum, one) => sum + JSON.stringify(one).length, 0),
  )
  expect(total(samples, 'sallyport_upstream_connections')).toBe(2)
  expect(total(samples, 'sallyport_upstream_connections_idle')).toBe(2)
  expect(total(samples, 'sallyport_upstream_requests_pending')).toBe(0)
})

test('a sidecar reports what comes to its pod as the destination, with the peer that mutual TLS proved', async () => {
  const app = await backend()
  const port = await freePort()
  const blobs = new TestBlobs()
  const mesh = new TestAuthority(blobs, 'Mesh')
  const spiffe = (name: string) => `spiffe://cluster.local/ns/${name}/sa/default`
  const [own, peer] = [
    mesh.leaf({ subject: {}, uri: [spiffe('shop')] }),
    mesh.leaf({ subject: {}, uri: [spiffe('front')] }),
  ]
  const { use, engine } = testEngine(blobs)
  const handler = manager(table(virtualHost(['*'], [route(forward('inbound|80||'))])), {
    clientAddress: { useRemoteAddress: false, trustedHops: 0 },
  })
  const tls = {
    certificates: [own.ref],
    alpn: ['http/1.1'],
    clientCertificate: { mode: 'require', verify: { trust: mesh.trust } },
  } as const
  await use(
    proxy(
      'sidecar/shop/httpbin',
      [listener(port, [chain(handler, { match: { transport: 'tls' }, tls })])],
      [cluster('inbound|80||', [endpoint(app.port)], { service: SERVICE })],
      {
        kind: 'sidecar',
        workload: {
          namespace: 'shop',
          name: 'httpbin',
          serviceAccount: 'default',
          labels: { app: 'httpbin' },
        },
        identity: { spiffe: spiffe('shop'), certificate: own.ref, trust: mesh.trust },
      },
    ),
  )
  const ca = mesh.authority.certificate
  const to = { port, ca, checkServerIdentity: () => undefined, headers: { host: 'h.test' } }
  await ask({ ...to, cert: peer.chain, key: peer.key })
  await expect(ask(to)).rejects.toThrow()
  await expect(ask({ port })).rejects.toThrow()
  const samples = await scrape(engine)
  const [request, ...more] = samples.filter(({ name }) => name === 'istio_requests_total')
  expect(more).toEqual([])
  expect(request?.labels).toMatchObject({
    reporter: 'destination',
    source_workload: 'unknown',
    source_workload_namespace: 'front',
    source_principal: spiffe('front'),
    destination_workload: 'httpbin',
    destination_principal: spiffe('shop'),
    destination_service: SERVICE.host,
    connection_security_policy: 'mutual_tls',
  })
  const handshakes = samples.filter(({ name }) => name === 'sallyport_tls_handshakes_total')
  expect(
    handshakes.map(({ labels, value }) => [labels['version'], labels['cipher'], labels['resumed'], value]),
  ).toEqual([['TLSv1.3', expect.stringMatching(/^TLS_/), 'false', 1]])
  const failures = samples.filter(({ name }) => name === 'sallyport_tls_handshake_failures_total')
  expect(failures.map(({ labels, value }) => [labels['reason'], value])).toEqual([['no_certificate', 1]])
})

test('a resumed session is counted as one', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs, 'CA')
  const certificate = authority.leaf({ subject: { commonName: 'a.test' }, dns: ['a.test'] })
  const port = await freePort()
  const { use, engine } = testEngine(blobs)
  const tls = { certificates: [certificate.ref], alpn: [], clientCertificate: { mode: 'none' } } as const
  const handler = manager(table(virtualHost(['*'], [])))
  await use(proxy('gw', [listener(port, [chain(handler, { match: { transport: 'tls' }, tls })])], []))
  const to = { port, host: '127.0.0.1', servername: 'a.test', ca: authority.authority.certificate }
  const session = await new Promise<Buffer>((resolve, reject) => {
    const socket = connectTls(to, () => socket.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n'))
    socket.on('error', reject)
    socket.on('session', (one) => {
      resolve(one)
      socket.end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    const socket = connectTls({ ...to, session }, () => {
      expect(socket.isSessionReused()).toBe(true)
      socket.on('data', () => socket.end())
      socket.on('close', () => resolve())
      socket.write('GET / HTTP/1.1\r\nhost: a.test\r\n\r\n')
    })
    socket.on('error', reject)
  })
  const samples = await scrape(engine)
  expect(total(samples, 'sallyport_tls_handshakes_total', { resumed: 'true' })).toBe(1)
  expect(total(samples, 'sallyport_tls_handshakes_total')).toBe(2)
})

const frame = (text: string): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, Buffer.from(text)])
}

test('gRPC: protocol, status of the trailers, and messages both ways', async () => {
  const server = createHttp2()
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5' }))
    stream.on('data', () => {})
    stream.on('end', () => {
      stream.write(frame('one'))
      stream.end(frame('two'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const port = await freePort()
  const { use, engine } = testEngine()
  const clusters = [cluster('app', [endpoint((server.address() as AddressInfo).port)], { protocol: 'http2' })]
  await use(
    proxy(
      'gw',
      [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
      clusters,
    ),
  )
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  onTestFinished(() => session.destroy())
  await new Promise<void>((resolve, reject) => {
    const call = session.request({
      ':method': 'POST',
      ':path': '/a.B/C',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    call.on('error', reject)
    call.on('data', () => {})
    call.on('close', () => resolve())
    call.write(frame('first').subarray(0, 3))
    call.write(Buffer.concat([frame('first').subarray(3), frame('second')]))
    call.end(frame(''))
  })
  const samples = await scrape(engine)
  const grpc = { request_protocol: 'grpc', grpc_response_status: '5', response_code: '200' }
  expect(total(samples, 'istio_requests_total', grpc)).toBe(1)
  expect(total(samples, 'istio_request_messages_total', grpc)).toBe(3)
  expect(total(samples, 'istio_response_messages_total', grpc)).toBe(2)
})

test('a TCP connection is opened when it has reached its upstream, and closed with its bytes when it is over', async () => {
  const app = await tcpBackend((socket) => {
    socket.on('data', () => socket.write('hello there'))
    socket.on('end', () => socket.end())
  })
  const port = await freePort()
  const { use, engine } = testEngine()
  const handler = { kind: 'tcp', statPrefix: 't', clusters: [{ cluster: 'app', weight: 1 }] } as const
  const clusters = [
    cluster('app', [endpoint(app, { workload: WORKLOAD })], { protocol: 'tcp', service: SERVICE }),
  ]
  await use(proxy('gw', [listener(port, [chain(handler)])], clusters))
  const client = await raw(port, 'hi')
  await client.until('hello there')
  const during = await scrape(engine)
  expect(total(during, 'istio_tcp_connections_opened_total')).toBe(1)
  expect(total(during, 'istio_tcp_connections_closed_total')).toBe(0)
  client.socket.end()
  await client.end()
  const after = await scrape(engine)
  const { response_code: _, grpc_response_status: __, ...labels } = { ...LABELS, request_protocol: 'tcp' }
  expect(after.filter(({ family }) => family.startsWith('istio_tcp_'))).toEqual(
    [
      ['istio_tcp_connections_opened_total', 1],
      ['istio_tcp_connections_closed_total', 1],
      ['istio_tcp_received_bytes_total', 2],
      ['istio_tcp_sent_bytes_total', 11],
    ].map(([name, value]) => ({ family: name, name, labels, value })),
  )
})
