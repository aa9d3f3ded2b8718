// Changes of the model while traffic flows: what changed is in force at once, what did not is not touched.
import { createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
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

const says = (text: string) =>
  manager(table(virtualHost(['*'], [route({ kind: 'direct-response', status: 200, body: text })])))
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('a changed route counts for the next request on an open connection', async () => {
  const port = await freePort()
  const { use } = testEngine()
  const put = (text: string) => use(proxy('g', [listener(port, [chain(says(text))])], []))
  await put('one')
  const client = await raw(port, GET)
  await client.until('one')
  await put('two')
  client.write(GET)
  await client.until('two')
  expect(client.closed).toBe(false)
})

test('a changed certificate is for new handshakes; open connections go on', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const port = await freePort()
  const { use } = testEngine(blobs)
  const put = (name: string) =>
    use(
      proxy(
        'g',
        [
          listener(port, [
            chain(says('x'), {
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
  const open = () =>
    new Promise<ReturnType<typeof connectTls>>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => resolve(socket))
      socket.on('error', reject)
      onTestFinished(() => void socket.destroy())
    })
  await put('old')
  const before = await open()
  await put('new')
  const after = await open()
  expect([before.getPeerCertificate().subject.CN, after.getPeerCertificate().subject.CN]).toEqual([
    'old',
    'new',
  ])
  const answered = new Promise<string>((resolve) =>
    before.once('data', (bytes: Buffer) => resolve(bytes.toString())),
  )
  before.write(GET)
  expect(await answered).toContain('200')
})

test('certificates roll over a hundred times during a stream of requests, without one failing', async () => {
  const blobs = new TestBlobs()
  const authority = new TestAuthority(blobs)
  const app = await backend()
  const port = await freePort()
  const { use } = testEngine(blobs)
  const put = (name: string) =>
    use(
      proxy(
        'g',
        [
          listener(port, [
            chain(manager(table(virtualHost(['*'], [route(forward('app'))]))), {
              tls: {
                certificates: [authority.leaf({ subject: { commonName: name }, dns: ['a.test'] }).ref],
                alpn: [],
                clientCertificate: { mode: 'none' },
              },
            }),
          ]),
        ],
        [cluster('app', [endpoint(app.port)])],
      ),
    )
  await put('0')
  let rolling = true
  const statuses: number[] = []
  const stream = async (): Promise<void> => {
    while (rolling)
      statuses.push((await ask({ port, ca: authority.authority.certificate, servername: 'a.test' })).status)
  }
  const streams = [stream(), stream(), stream()]
  for (let i = 1; i <= 100; i++) {
    await put(String(i))
    // At least one request between two certificates.
    const before = statuses.length
    while (statuses.length === before) await new Promise((resolve) => setImmediate(resolve))
  }
  rolling = false
  await Promise.all(streams)
  expect(statuses.length).toBeGreaterThanOrEqual(100)
  expect(statuses.every((status) => status === 200)).toBe(true)
})

test('endpoints come and go; those that stay keep their connections', async () => {
  const [one, two] = [await backend(), await backend()]
  const port = await freePort()
  const { use } = testEngine()
  const put = (...ports: number[]) =>
    use(
      proxy(
        'g',
        [listener(port, [chain(manager(table(virtualHost(['*'], [route(forward('app'))]))))])],
        [
          cluster(
            'app',
            ports.map((at) => endpoint(at)),
          ),
        ],
      ),
    )
  await put(one.port)
  expect((await ask({ port })).status).toBe(200)
  await put(one.port, two.port)
  for (let i = 0; i < 4; i++) expect((await ask({ port })).status).toBe(200)
  expect([one.connections(), two.connections()]).toEqual([1, 1])
  await put(two.port)
  for (let i = 0; i < 4; i++) expect((await ask({ port })).status).toBe(200)
  expect(one.seen).toHaveLength(3)
  expect(two.connections()).toBe(1)
})

test('a request in flight survives the removal of its cluster, its route and its listener', async () => {
  let answer: (() => void) | undefined
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => {
      answer = () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate')
    })
  })
  const [port, other] = [await freePort(), await freePort()]
  const { use } = testEngine()
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(
    proxy(
      'g',
      [listener(port, [chain(handler)]), listener(other, [chain(says('other'))])],
      [cluster('app', [endpoint(upstream)])],
    ),
  )
  const bystander = await raw(other, GET)
  await bystander.until('other')
  const client = await raw(port, GET)
  while (answer === undefined) await new Promise((resolve) => setImmediate(resolve))
  await use(proxy('g', [listener(other, [chain(says('other'))])], []))
  await expect(raw(port)).rejects.toThrow(/ECONNREFUSED/)
  answer()
  const text = await client.end()
  expect(text).toContain('connection: close')
  expect(text.endsWith('late')).toBe(true)
  bystander.text = ''
  bystander.write(GET)
  await bystander.until('other')
})

test('an idle connection of a removed listener is closed', async () => {
  const port = await freePort()
  const { use } = testEngine()
  await use(proxy('g', [listener(port, [chain(says('x'))])], []))
  const client = await raw(port, GET)
  await client.until('\r\n\r\nx')
  await use()
  await client.end()
})

test('what does not finish in time is cut when it drains', async () => {
  const upstream = await tcpBackend(() => {})
  const port = await freePort()
  const { use } = testEngine(new TestBlobs(), { drainMs: 50 })
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(upstream)])]))
  const client = await raw(port, GET)
  await use()
  expect(await client.end()).toBe('')
})

test('a busy address is reported, everything else is in force, and it is taken as soon as it is free', async () => {
  const [busy, free] = [await freePort(), await freePort()]
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(busy, '127.0.0.1', resolve))
  const { use, engine } = testEngine(new TestBlobs(), { bindRetryMs: 20 })
  const rejected = await use(
    proxy(
      'g',
      [
        { ...listener(busy, [chain(says('x'))]), origin: { field: 'spec' } },
        listener(free, [chain(says('y'))]),
      ],
      [],
    ),
  )
  expect(rejected).toMatchObject([{ code: 'SP0803', origin: { field: 'spec' } }])
  expect((await ask({ port: free })).body).toBe('y')
  const states = () => engine.status().proxies[0]?.listeners.map(({ port, state }) => [port, state])
  expect(states()).toEqual([
    [busy, 'failed'],
    [free, 'listening'],
  ])
  await new Promise((resolve) => squatter.close(resolve))
  while (states()?.[0]?.[1] !== 'listening') await new Promise((resolve) => setTimeout(resolve, 5))
  expect((await ask({ port: busy })).body).toBe('x')
})

test('an address moves from one proxy to another in one update', async () => {
  const port = await freePort()
  const { use } = testEngine()
  expect(await use(proxy('a', [listener(port, [chain(says('a'))])], []))).toEqual([])
  expect(await use(proxy('b', [listener(port, [chain(says('b'))])], []))).toEqual([])
  expect((await ask({ port })).body).toBe('b')
})

test('overlapping updates: the newest wins, an older one changes nothing', async () => {
  const port = await freePort()
  const { engine } = testEngine()
  const update = (version: number, text: string) =>
    engine.apply({
      version,
      model: { proxies: [proxy('g', [listener(port, [chain(says(text))])], [])] },
      blobs: { get: () => undefined },
    })
  const [first, second] = await Promise.all([update(1, 'one'), update(2, 'two')])
  expect([first.version, second.version]).toEqual([1, 2])
  expect((await ask({ port })).body).toBe('two')
  expect((await update(1, 'stale')).version).toBe(2)
  expect((await ask({ port })).body).toBe('two')
})

test('one changed host among 5,000 costs little more than none', async () => {
  const port = await freePort()
  const { use } = testEngine()
  const hosts = Array.from({ length: 5_000 }, (_, i) =>
    virtualHost([`h${i}.test`], [route({ kind: 'direct-response', status: 200, body: String(i) })]),
  )
  const put = (virtualHosts: typeof hosts) =>
    use(proxy('g', [listener(port, [chain(manager(table(...virtualHosts)))])], []))
  await put(hosts)
  const changed = [...hosts]
  changed[4_999] = virtualHost(
    ['h4999.test'],
    [route({ kind: 'direct-response', status: 200, body: 'changed' })],
  )
  await put(changed)
  expect((await ask({ port, headers: { host: 'h4999.test' } })).body).toBe('changed')
  expect((await ask({ port, headers: { host: 'h17.test' } })).body).toBe('17')
})

test('close lets go of everything, and a last request may finish', async () => {
  let answer: (() => void) | undefined
  const upstream = await tcpBackend((socket) => {
    socket.on('data', () => {
      answer = () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlast')
    })
  })
  const port = await freePort()
  const { use, engine } = testEngine()
  const handler = manager(table(virtualHost(['*'], [route(forward('app'))])))
  await use(proxy('g', [listener(port, [chain(handler)])], [cluster('app', [endpoint(upstream)])]))
  const client = await raw(port, GET)
  while (answer === undefined) await new Promise((resolve) => setImmediate(resolve))
  const closed = engine.close({ drainMs: 5_000 })
  answer()
  expect(await client.end()).toContain('last')
  await closed
  await expect(raw(port)).rejects.toThrow(/ECONNREFUSED/)
})
