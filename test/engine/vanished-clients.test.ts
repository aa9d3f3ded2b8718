// Clients that are gone without a word, or act as if they were: they read nothing more and never close. Whatever they had begun, the engine's side goes when its time is over.
import { connect, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { FilterChain } from '../../src/ir/listener.ts'
import { istioProfile } from '../../src/ir/profiles.ts'
import { endless, tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { testEngine } from './testing/engine.ts'
import { Flag, Frame, frame, request as http2Request, PREFACE } from './testing/http2-frames.ts'
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

const SHORT_MS = 150
const limits = { ...istioProfile.limits, idleTimeoutMs: SHORT_MS, streamIdleTimeoutMs: SHORT_MS }
const blobs = new TestBlobs()
const authority = new TestAuthority(blobs)

/** Connects, and neither closes nor reads from then on, but for what `until` waits for. */
async function vanishing(port: number, first: string | Buffer, until = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(first)
  if (until !== '') await answered(socket, until)
  return socket.pause()
}

function answered(socket: Socket, until: string): Promise<void> {
  return new Promise((resolve) => {
    let seen = ''
    const read = (chunk: Buffer): void => {
      seen += chunk.toString('latin1')
      if (!seen.includes(until)) return
      socket.off('data', read)
      resolve()
    }
    socket.on('data', read)
  })
}

async function overTls(port: number, first: string | Buffer, alpn: string, until = ''): Promise<Socket> {
  const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void raw.destroy())
  raw.on('error', () => {})
  const socket = connectTls({
    socket: raw,
    rejectUnauthorized: false,
    ALPNProtocols: [alpn],
    allowHalfOpen: true,
  } as never)
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  socket.write(first)
  if (until !== '') await answered(socket, until)
  raw.pause()
  return socket.pause()
}

/** What a TLS client says first. */
function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    connectTls({ socket: new Duplex({ read: () => {}, write: resolve }) })
  })
}

const ZEROS = '\0'.repeat(64)
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const http2 = (...frames: Buffer[]) => Buffer.concat([PREFACE, frame(Frame.settings, 0, 0), ...frames])
const asking = (path: string) => frame(Frame.headers, Flag.endHeaders | Flag.endStream, 1, http2Request(path))

interface Ports {
  readonly plain: number
  readonly tls: number
  readonly tcp: number
}

const cases: readonly (readonly [string, (ports: Ports) => Promise<Socket>])[] = [
  ['before it said anything', ({ plain }) => vanishing(plain, '')],
  ['between requests', ({ plain }) => vanishing(plain, GET('/'), 'hello')],
  [
    'in a request body',
    ({ plain }) => vanishing(plain, 'POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'),
  ],
  ['while its request is in hand', ({ plain }) => vanishing(plain, GET('/silent'))],
  ['in a response', ({ plain }) => vanishing(plain, GET('/endless'), 'HTTP/1.1 200')],
  [
    'after a last response',
    ({ plain }) => vanishing(plain, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'hello'),
  ],
  ['after a bad request', ({ plain }) => vanishing(plain, 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', '400')],
  [
    'with a WebSocket open',
    ({ plain }) =>
      vanishing(
        plain,
        'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        '101',
      ),
  ],
  ['on HTTP/2, after the preface', ({ plain }) => vanishing(plain, http2())],
  ['on HTTP/2, between requests', ({ plain }) => vanishing(plain, http2(asking('/')), 'hello')],
  ['on HTTP/2, while its request is in hand', ({ plain }) => vanishing(plain, http2(asking('/silent')))],
  ['on HTTP/2, in a response', ({ plain }) => vanishing(plain, http2(asking('/endless')), ZEROS)],
  ['in a TLS handshake', async ({ tls }) => vanishing(tls, await clientHello())],
  ['behind TLS, between requests', ({ tls }) => overTls(tls, GET('/'), 'http/1.1', 'hello')],
  ['behind TLS, in a response', ({ tls }) => overTls(tls, GET('/endless'), 'http/1.1', 'HTTP/1.1 200')],
  ['behind TLS on HTTP/2, between requests', ({ tls }) => overTls(tls, http2(asking('/')), 'h2', 'hello')],
  ['behind TLS on HTTP/2, in a response', ({ tls }) => overTls(tls, http2(asking('/endless')), 'h2', ZEROS)],
  ['over TCP', ({ tcp }) => vanishing(tcp, 'hello')],
]

async function doors(): Promise<Ports & { readonly close: () => Promise<void> }> {
  const silent = await tcpBackend((socket) => {
    socket.on('end', () => socket.end())
    socket.once('data', (chunk: Buffer) => {
      if (chunk.toString('latin1').includes('/ws'))
        socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    })
  })
  const flood = await endless()
  const [plain, tls, tcp] = [await freePort(), await freePort(), await freePort()]
  const at = (path: string, action: Parameters<typeof route>[0]) =>
    route(action, { match: { path: { kind: 'exact', value: path } } })
  const handler = manager(
    table(
      virtualHost(
        ['*'],
        [
          at('/', { kind: 'direct-response', status: 200, body: 'hello' }),
          at('/endless', forward('endless')),
          route(forward('silent')),
        ],
      ),
    ),
    { limits },
  )
  const settings: FilterChain['tls'] = {
    certificates: [authority.leaf({ subject: { commonName: 'a' } }).ref],
    alpn: ['h2', 'http/1.1'],
    clientCertificate: { mode: 'none' },
    handshakeTimeoutMs: SHORT_MS,
  }
  const { use, engine } = testEngine(blobs)
  const rejected = await use(
    proxy(
      'g',
      [
        listener(plain, [chain(handler)]),
        listener(tls, [chain(handler, { tls: settings })]),
        listener(tcp, [
          chain({
            kind: 'tcp',
            statPrefix: 't',
            clusters: [{ cluster: 'tcp', weight: 1 }],
            idleTimeoutMs: SHORT_MS,
          }),
        ]),
      ],
      [
        cluster('silent', [endpoint(silent)]),
        cluster('endless', [endpoint(flood.port)]),
        cluster('tcp', [endpoint(silent)], { protocol: 'tcp' }),
      ],
    ),
  )
  expect(rejected).toEqual([])
  return { plain, tls, tcp, close: () => engine.close() }
}

/** The ports at which this process is connected to, by either end. */
function connectedTo(): Set<number | undefined> {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): readonly object[] }
  return new Set(
    handles.call(process).map((handle) => (handle instanceof Socket ? handle.remotePort : undefined)),
  )
}

test('whatever a client had begun when it vanished, it holds nothing for long', async () => {
  const before = sockets()
  const ports = await doors()
  const clients = await Promise.all(
    cases.map(async ([when, vanish]) => ({ when, socket: await vanish(ports) })),
  )
  // An accepted socket names its client's port.
  const held = (): string[] => {
    const taken = connectedTo()
    return clients.filter(({ socket }) => taken.has(socket.localPort)).map(({ when }) => when)
  }
  expect(held()).toContain('on HTTP/2, in a response')
  await expect.poll(held, { timeout: 60_000 }).toEqual([])
  // All that is left are the clients' own ends.
  await socketsBackTo(before + clients.length)
})
