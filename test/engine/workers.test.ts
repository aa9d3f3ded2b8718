// The engine in several processes: what they share, what one of them takes along when it ends, and that nothing of them is left.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../src/engines/engine.ts'
import { root } from '../sallyport.ts'
import { backend, tcpBackend } from './testing/backend.ts'
import { TestAuthority, TestBlobs } from './testing/certificates.ts'
import { ask, type RawClient, raw } from './testing/client.ts'
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

const says = (text: string, rest: Parameters<typeof manager>[1] = {}) =>
  manager(table(virtualHost(['*'], [route({ kind: 'direct-response', status: 200, body: text })])), rest)
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

const pids = (engine: Engine): number[] => (engine.status().workers ?? []).flatMap(({ pid }) => pid ?? [])

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Answers with what tells one worker from another: each has a connection of its own to it, which it uses for one request after the other. */
const workerTeller = () =>
  backend((_seen, response, request) => response.end(`${request.socket.remotePort} end of answer`))

/** The worker that a client is connected to. */
async function workerOf(client: RawClient): Promise<string> {
  client.text = ''
  client.write(GET)
  return /\d+$/.exec((await client.until('end of answer')).replace(' end of answer', ''))?.[0] ?? ''
}

/** Clients that are connected, by worker: as many as it takes until there are some at both. */
async function clientsOfTwoWorkers(port: number): Promise<[RawClient[], RawClient[]]> {
  const byWorker = new Map<string, RawClient[]>()
  while (byWorker.size < 2) {
    const client = await raw(port)
    const worker = await workerOf(client)
    byWorker.set(worker, [...(byWorker.get(worker) ?? []), client])
  }
  return [...byWorker.values()] as [RawClient[], RawClient[]]
}

test('requests are served by all workers', async () => {
  // Each worker has its own connections to the backend.
  const app = await backend()
  const port = await freePort()
  const { use } = testEngine(new TestBlobs(), {}, 2)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])]))
  // One request at a time: a second connection to the backend is a second worker's.
  while (app.connections() < 2) expect((await ask({ port })).status).toBe(200)
})

test('a killed worker takes its own connections along, nobody else’s, and is replaced', async () => {
  const app = await workerTeller()
  const port = await freePort()
  const { use, engine, reports } = testEngine(new TestBlobs(), {}, 2)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])]))
  const [clients, others] = await clientsOfTwoWorkers(port)
  const [victim, survivor] = pids(engine) as [number, number]
  process.kill(victim, 'SIGKILL')
  await until(() => reports.length > 0)
  expect(reports).toMatchObject([{ code: 'SP0805', message: expect.stringContaining(`pid ${victim}`) }])
  // New connections succeed at once, while it is being replaced and after.
  for (let index = 0; index < 40; index++) expect((await ask({ port })).status).toBe(200)
  await until(() => (engine.status().workers ?? []).every(({ state }) => state === 'running'))
  expect(engine.status().workers).toMatchObject([{ restarts: 1 }, { restarts: 0, pid: survivor }])
  // One worker's clients are gone, and only they.
  const [gone, alive] = clients.some(({ closed }) => closed) ? [clients, others] : [others, clients]
  for (const client of gone) await client.end()
  for (const client of alive) await workerOf(client)
  // Both workers end, one after the other: the socket keeps who comes meanwhile.
  for (const pid of pids(engine)) process.kill(pid, 'SIGKILL')
  expect((await ask({ port })).status).toBe(200)
})

test('a worker that stands still is killed and replaced; the other’s connections go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-spin-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const entry = join(folder, 'worker.mjs')
  writeFileSync(
    entry,
    `process.on('SIGUSR2', () => { for (;;); })
await import(${JSON.stringify(pathToFileURL(join(root, 'dist', 'worker.js')).href)})`,
  )
  const app = await workerTeller()
  const port = await freePort()
  const { use, engine, reports } = testEngine(new TestBlobs(), {}, 2, { entry, silenceMs: 3_000 })
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])]))
  const [clients, others] = await clientsOfTwoWorkers(port)
  const [victim, survivor] = pids(engine) as [number, number]
  process.kill(victim, 'SIGUSR2')
  await until(() => reports.length > 0)
  expect(reports).toMatchObject([
    { code: 'SP0805', message: expect.stringContaining(`(pid ${victim}) said nothing for 3000 ms`) },
  ])
  await until(() => (engine.status().workers ?? []).every(({ state }) => state === 'running'))
  expect(engine.status().workers).toMatchObject([{ restarts: 1 }, { restarts: 0, pid: survivor }])
  const [gone, alive] = clients.some(({ closed }) => closed) ? [clients, others] : [others, clients]
  for (const client of gone) await client.end()
  for (const client of alive) await workerOf(client)
  expect((await ask({ port })).status).toBe(200)
})

test('a changed route and a changed certificate are in force in all workers, and no connection is closed', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const [plain, secure] = [await freePort(), await freePort()]
  const { use } = testEngine(blobs, {}, 2)
  const put = (name: string) =>
    use(
      proxy(
        'g',
        [
          listener(plain, [chain(says(name))]),
          listener(secure, [
            chain(says(name), {
              tls: {
                certificates: [authority.leaf({ subject: { commonName: name } }).ref],
                alpn: [],
                clientCertificate: { mode: 'none' },
              },
            }),
          ]),
        ],
        [],
      ),
    )
  expect(await put('one')).toEqual([])
  const clients = await Promise.all(Array.from({ length: 16 }, () => raw(plain, GET)))
  for (const client of clients) await client.until('\r\n\r\none')
  for (const name of ['two', 'three']) {
    expect(await put(name)).toEqual([])
    for (const client of clients) {
      client.write(GET)
      await client.until(`\r\n\r\n${name}`)
      expect(client.closed).toBe(false)
    }
    for (let index = 0; index < 16; index++) {
      const socket = await tlsTo(secure)
      expect(socket.getPeerCertificate().subject.CN).toBe(name)
      socket.destroy()
    }
  }
})

test('figures and access log of all workers are one', async () => {
  const app = await backend()
  const port = await freePort()
  const { use, engine, log } = testEngine(new TestBlobs(), {}, 2)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'istio-json' })
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])]))
  let sent = 0
  while (app.connections() < 2 || sent < 200) {
    await Promise.all(Array.from({ length: 10 }, () => ask({ port, path: `/${++sent}` })))
  }
  await until(() => log.length >= sent)
  expect(new Set(log.map(({ line }) => (JSON.parse(line) as { path: string }).path)).size).toBe(sent)
  expect(log).toHaveLength(sent)
  const counted = (text: string, name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\d+)$`, 'gm'))].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    )
  const text = await engine.metrics()
  expect(counted(text, 'istio_requests_total')).toBe(sent)
  expect(counted(text, 'istio_request_duration_milliseconds_count')).toBe(sent)
  expect(text).toContain('sallyport_workers{state="running"} 2\n')
  // What a worker had counted is not lost with it.
  const before = engine.status().workers?.[0]?.pid ?? 0
  process.kill(before, 'SIGKILL')
  await until(() => (engine.status().workers?.[0]?.pid ?? before) !== before)
  await until(() => engine.status().workers?.[0]?.state === 'running')
  const after = await engine.metrics()
  expect(counted(after, 'istio_requests_total')).toBe(sent)
  expect(after).toContain('sallyport_worker_restarts_total 1\n')
})

test('a session begun at one worker is resumed at another, and not after its settings were replaced', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const client = authority.leaf({ subject: { commonName: 'client' } })
  const app = await backend()
  const port = await freePort()
  const { use, engine } = testEngine(blobs, {}, 2)
  const put = (name: string) =>
    use(
      proxy(
        'g',
        [
          listener(port, [
            chain(manager(table(virtualHost(['*'], [route(forward('app'))]))), {
              tls: {
                certificates: [authority.leaf({ subject: { commonName: name } }).ref],
                alpn: ['http/1.1'],
                clientCertificate: { mode: 'require', verify: { trust: authority.trust } },
              },
            }),
          ]),
        ],
        [cluster('app', [endpoint(app.port)])],
      ),
    )
  await put('one')
  const identity = { cert: client.chain, key: client.key }
  const first = await tlsTo(port, identity)
  const session = await new Promise<Buffer>((resolve) => {
    first.once('session', resolve)
    first.write(GET)
  })
  // Whichever workers take them: every one of these is resumed. They go on until both workers have reached the backend.
  let resumed = 0
  while (app.connections() < 2 || resumed < 20) {
    const socket = await tlsTo(port, { ...identity, session })
    expect(socket.isSessionReused()).toBe(true)
    resumed++
    const answered = new Promise((resolve) => socket.once('data', resolve))
    socket.write(GET)
    await answered
    socket.destroy()
  }
  // A worker that takes the place of another resumes as well.
  const [killed] = pids(engine) as [number]
  process.kill(killed, 'SIGKILL')
  await until(() => !pids(engine).includes(killed) && pids(engine).length === 2)
  for (let index = 0; index < 20; index++) {
    const socket = await tlsTo(port, { ...identity, session })
    expect(socket.isSessionReused()).toBe(true)
    socket.destroy()
  }
  await put('two')
  for (let index = 0; index < 10; index++) {
    const socket = await tlsTo(port, { ...identity, session })
    expect(socket.isSessionReused()).toBe(false)
    socket.destroy()
  }
})

test('a rate limit is one for all workers', async () => {
  const app = await workerTeller()
  const port = await freePort()
  const { use } = testEngine(new TestBlobs(), {}, 2)
  const limit = {
    kind: 'rate-limit' as const,
    config: { tokens: 5, intervalMs: 3_600_000, burst: 0, status: 429, keyHeader: 'user' },
    origin: {},
  }
  const limited = route(forward('app'), {
    match: { path: { kind: 'exact', value: '/limited' } },
    filters: [limit],
  })
  const handler = manager(table(virtualHost(['*'], [limited, route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(app.port)])]))
  const [[one], [other]] = await clientsOfTwoWorkers(port)
  const given = async (client: RawClient | undefined, user: string): Promise<number> => {
    for (let count = 0; ; count++) {
      if (client === undefined) throw new Error('no client')
      client.text = ''
      client.write(`GET /limited HTTP/1.1\r\nHost: a\r\nUser: ${user}\r\n\r\n`)
      if ((await client.until('\r\n\r\n')).startsWith('HTTP/1.1 429')) return count
      // What one worker gives out the other hears a moment later.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  expect(await given(one, 'a')).toBe(5)
  expect(await given(other, 'a')).toBeLessThan(5)
  expect(await given(other, 'b')).toBe(5)
})

test('a removed listener drains in every worker; its address is free at once, also for another proxy', async () => {
  let answer: (() => void)[] = []
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () =>
      answer.push(() => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')),
    )
  })
  const port = await freePort()
  const { use } = testEngine(new TestBlobs(), {}, 2)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('a', [listener(port, [chain(handler)])], [cluster('app', [endpoint(upstream)])]))
  const clients = await Promise.all(Array.from({ length: 8 }, () => raw(port, GET)))
  await until(() => answer.length === 8)
  expect(await use(proxy('b', [listener(port, [chain(says('b'))])], []))).toEqual([])
  for (let index = 0; index < 10; index++) expect((await ask({ port })).body).toBe('b')
  for (const each of answer) each()
  for (const client of clients) expect(await client.end()).toContain('late')
  answer = []
  await use()
  await expect(raw(port)).rejects.toThrow(/ECONNREFUSED/)
})

test('an address that is busy is told once, and taken as soon as it is free', async () => {
  const port = await freePort()
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve))
  const { use, engine } = testEngine(new TestBlobs(), { bindRetryMs: 20 }, 2)
  const rejected = await use(proxy('g', [listener(port, [chain(says('x'))])], []))
  expect(rejected).toMatchObject([{ code: 'SP0803', message: expect.stringContaining('EADDRINUSE') }])
  expect(engine.status().proxies[0]?.listeners[0]?.state).toBe('failed')
  await new Promise((resolve) => squatter.close(resolve))
  await until(() => engine.status().proxies[0]?.listeners[0]?.state === 'listening')
  expect((await ask({ port })).body).toBe('x')
})

test('what a missing certificate refuses is told once, and served when it has come', async () => {
  const blobs = new TestBlobs()
  const { ref } = new TestAuthority(blobs).leaf({ subject: { commonName: 'late' } })
  const bytes = blobs.get(ref.key) as Uint8Array
  blobs.forget(ref.key)
  const port = await freePort()
  const { use } = testEngine(blobs, {}, 2)
  const tls = { certificates: [ref], alpn: [], clientCertificate: { mode: 'none' as const } }
  const put = () => use(proxy('g', [listener(port, [chain(says('x'), { tls })])], []))
  expect(await put()).toMatchObject([{ code: 'SP0801' }])
  await expect(tlsTo(port)).rejects.toThrow()
  blobs.put(Buffer.from(bytes).toString())
  expect(await put()).toEqual([])
  ;(await tlsTo(port)).destroy()
})

test('close lets a last request of every worker finish, loses no log line and leaves no process', async () => {
  const answer: (() => void)[] = []
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () =>
      answer.push(() => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlast')),
    )
  })
  const port = await freePort()
  const { use, engine, log } = testEngine(new TestBlobs(), {}, 2)
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])), { accessLog: 'istio-text' })
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(upstream)])]))
  const clients = await Promise.all(Array.from({ length: 8 }, () => raw(port, GET)))
  await until(() => answer.length === 8)
  const processes = pids(engine)
  const closed = engine.close({ drainMs: 60_000 })
  for (const each of answer) each()
  for (const client of clients) expect(await client.end()).toContain('last')
  await closed
  expect(log).toHaveLength(8)
  await expect(raw(port)).rejects.toThrow(/ECONNREFUSED/)
  expect(processes).toHaveLength(2)
  for (const pid of processes) expect(existsSync(`/proc/${pid}`)).toBe(false)
})

function tlsTo(port: number, options: object = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () =>
      resolve(socket),
    )
    socket.on('error', reject)
    onTestFinished(() => void socket.destroy())
  })
}
