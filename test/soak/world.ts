// What a soak runs against: two proxies, the first in front of the second over mutual TLS, two backends of HTTP/1.1 and one of HTTP/2. Everything that a model may change is changed by `change`.
import { createServer, type Server } from 'node:http'
import { constants, createServer as createHttp2, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import { TestAuthority, TestBlobs, type TestCertificate } from '../engine/testing/certificates.ts'
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
import { type Held, held, sum } from './held.ts'
import { watchedWorkers } from './watched-workers.ts'

/** How the proxies run: in this process, meeting over sockets or in memory, or in two workers. */
export type Setting = 'wire' | 'memory' | 'two workers'

export interface World {
  readonly plainPort: number
  readonly tlsPort: number
  readonly ca: string
  /** Requests in flight at both proxies, by their own count. */
  readonly inFlight: () => Promise<number>
  /** What this process and the workers hold. */
  readonly held: () => Promise<Held>
  /** Another certificate at each end, other endpoints, another route, a listener more or less. */
  readonly change: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Certificates of each kind. */
const ROUND = 8

/** Answers with what it got, or as much as `/bytes/N` says; `/reset` and `/cut` break off, before the answer and in it; upgrades to an echo. */
async function backend(): Promise<{ port: number; server: Server; upgraded: Set<Socket> }> {
  const upgraded = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let bytes = 0
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => {
      if (request.url === '/reset') {
        request.socket.resetAndDestroy()
        return
      }
      if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '1000000' })
        response.write(Buffer.alloc(100_000, 120), () => request.socket.resetAndDestroy())
        return
      }
      const wanted = /^\/bytes\/(\d+)/.exec(request.url ?? '')?.[1]
      response.end(wanted === undefined ? `${request.method} ${bytes}` : Buffer.alloc(Number(wanted), 120))
    })
  })
  server.on('upgrade', (_request, socket: Socket) => {
    upgraded.add(socket)
    socket.on('close', () => upgraded.delete(socket))
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server, upgraded }
}

/** HTTP/2 without TLS, which answers with the length of what it got; `/h2/reset` resets the stream. */
async function http2Backend(): Promise<{ port: number; close: () => void }> {
  const sessions = new Set<ServerHttp2Session>()
  const server = createHttp2()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    let bytes = 0
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    stream.on('end', () => {
      if (stream.destroyed) return
      if (headers[':path'] === '/h2/reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      else {
        stream.respond({ ':status': 200 })
        stream.end(`h2 ${bytes}`)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): void => {
    for (const session of sessions) session.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, close }
}

export async function makeWorld(setting: Setting): Promise<World> {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs, 'Soak', { lifetimeMs: 24 * 3_600_000 })
  const backends = [await backend(), await backend()]
  const overHttp2 = await http2Backend()
  const [plainPort, tlsPort, innerPort, sparePort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const problems: string[] = []
  const workers = setting === 'two workers' ? await watchedWorkers(2) : undefined
  const engine = createNodeEngine(
    {
      locate: (host, port) => ({ host, port }),
      accessLog: () => {},
      report: (diagnostic) => problems.push(diagnostic.message),
      hops: setting === 'memory' ? 'memory' : 'wire',
      drainMs: 500,
    },
    workers?.options,
  )
  let version = 0
  // As many as fill the engine's caches of certificates while it warms up; they come round again and again.
  const issued = Array.from(
    { length: ROUND },
    () =>
      [
        authority.leaf({ subject: { commonName: 'outer' }, dns: ['localhost'] }),
        authority.leaf({ subject: { commonName: 'client' }, uri: ['spiffe://cluster.local/ns/a/sa/client'] }),
        authority.leaf({ subject: { commonName: 'inner' }, dns: ['inner.test'] }),
      ] as const,
  )

  const model = (
    outer: TestCertificate,
    client: TestCertificate,
    inner: TestCertificate,
  ): readonly Proxy[] => {
    const retry = { attempts: 2, on: ['connect-failure', 'refused-stream', 'reset-before-request'] }
    const to = (name: string) =>
      manager(
        table(
          virtualHost(
            ['*'],
            [
              route(
                { kind: 'direct-response', status: 200, body: `version ${version}` },
                { match: { path: { kind: 'exact', value: '/version' } } },
              ),
              ...(name === 'app'
                ? [route(forward('h2'), { match: { path: { kind: 'prefix', value: '/h2' } } })]
                : []),
              route(forward(name, { retry })),
            ],
          ),
        ),
        { accessLog: 'istio-json' },
      )
    const tls = (certificate: TestCertificate) => ({
      certificates: [certificate.ref],
      alpn: ['h2', 'http/1.1'],
    })
    const none = { mode: 'none' as const }
    const context = {
      sni: 'inner.test',
      verify: { trust: authority.trust, names: [{ kind: 'dns' as const, value: 'inner.test' }] },
      certificate: client.ref,
      alpn: [],
    }
    const ports = backends.map(({ port }) => port)
    const some = version % 3 === 0 ? ports : [ports[version % 2] as number]
    return [
      proxy(
        'outer',
        [
          listener(plainPort, [chain(to('inner'))]),
          listener(tlsPort, [chain(to('inner'), { tls: { ...tls(outer), clientCertificate: none } })]),
          ...(version % 2 === 0 ? [listener(sparePort, [chain(to('inner'))])] : []),
        ],
        [cluster('inner', [endpoint(innerPort)], { idleTimeoutMs: 300, tls: { when: 'always', context } })],
      ),
      proxy(
        'inner',
        [
          listener(innerPort, [
            chain(to('app'), {
              tls: {
                ...tls(inner),
                clientCertificate: { mode: 'require', verify: { trust: authority.trust } },
              },
            }),
          ]),
        ],
        [
          cluster(
            'app',
            some.map((port) => endpoint(port)),
            {
              idleTimeoutMs: 300,
              balancing: { kind: version % 2 === 0 ? 'round-robin' : 'least-request' },
            },
          ),
          cluster('h2', [endpoint(overHttp2.port)], { protocol: 'http2', idleTimeoutMs: 300 }),
        ],
      ),
    ]
  }

  const changeNow = async (): Promise<void> => {
    version++
    const [outer, client, inner] = issued[version % ROUND] as (typeof issued)[number]
    const { rejected } = await engine.apply({
      version,
      blobs,
      model: { proxies: model(outer, client, inner) },
    })
    if (rejected.length > 0 || problems.length > 0)
      throw new Error([...rejected.map(({ message }) => message), ...problems].join('; '))
  }
  // One after the other, as the control loop does it.
  let changed = Promise.resolve()
  const change = (): Promise<void> => {
    changed = changed.then(changeNow)
    return changed
  }
  await change()

  return {
    plainPort,
    tlsPort,
    ca: authority.authority.certificate,
    inFlight: async () => {
      const lines = (await engine.metrics())
        .split('\n')
        .filter((line) => /^sallyport_requests_active\b/.test(line))
      if (lines.length === 0) throw new Error('no gauge of active requests')
      return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    },
    held: async () => {
      const pids = (engine.status().workers ?? []).map(({ pid }) => pid)
      const others = workers === undefined ? [] : await workers.held(pids)
      return sum([await held(), ...others])
    },
    change,
    close: async () => {
      await engine.close()
      workers?.close()
      overHttp2.close()
      for (const { server, upgraded } of backends) {
        for (const socket of upgraded) socket.destroy()
        server.closeAllConnections()
        server.close()
      }
    },
  }
}
