// Clients that hold on to what they can get: each is bounded, all are shown out in time, others are served meanwhile.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { istioProfile } from '../../src/ir/profiles.ts'
import { backend, endless, tcpBackend } from './testing/backend.ts'
import { ask, type RawClient, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'
import { heldBytes, sockets, socketsBackTo } from './testing/resources.ts'

const { limits } = istioProfile
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function app(rest = {}, clusterRest = {}) {
  const upstream = await backend()
  const made = await gateway(
    [route(forward('app'))],
    [cluster('app', [endpoint(upstream.port)], clusterRest)],
    rest,
  )
  return { ...made, upstream }
}

let before = 0
beforeEach(() => {
  before = sockets()
})

async function crowd(count: number, port: number, first = ''): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: count }, () => raw(port, first)))
}

describe('slow clients', () => {
  test('heads that drip in: 408, whatever comes in the meantime', async () => {
    const { port, upstream, logged } = await app({ limits: { ...limits, requestHeadersTimeoutMs: 400 } })
    const clients = await crowd(300, port, 'GET / HTTP/1.1\r\nHost: a\r\n')
    const drip = setInterval(() => {
      for (const client of clients) if (!client.closed) client.write('x: y\r\n')
    }, 50)
    onTestFinished(() => clearInterval(drip))
    expect((await ask({ port })).status).toBe(200)
    const ends = await Promise.all(clients.map((client) => client.end()))
    expect(new Set(ends.map((text) => text.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']))
    expect(upstream.seen).toHaveLength(1)
    expect(logged().filter(({ response_code }) => response_code === 408)).toHaveLength(300)
    clearInterval(drip)
  })

  test('bodies that stop: 408 SI, and the upstream connection is not used again', async () => {
    const { port, upstream, logged } = await app({ limits: { ...limits, streamIdleTimeoutMs: 150 } })
    const clients = await crowd(100, port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf')
    const ends = await Promise.all(clients.map((client) => client.end()))
    expect(new Set(ends.map((text) => text.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']))
    expect(logged().map(({ response_flags }) => response_flags)).toEqual(clients.map(() => 'SI'))
    expect(upstream.seen).toEqual([])
    expect((await ask({ port })).status).toBe(200)
  })

  test('clients that do not read hold back their own upstream only, and are cut off', async () => {
    const flood = await endless()
    const good = await backend()
    const { port, logged } = await gateway(
      [route(forward('endless'), { match: { path: { kind: 'exact', value: '/' } } }), route(forward('good'))],
      [cluster('endless', [endpoint(flood.port)]), cluster('good', [endpoint(good.port)])],
      { limits: { ...limits, streamIdleTimeoutMs: 500 } },
    )
    const clients = await crowd(20, port)
    for (const client of clients) {
      client.socket.pause()
      client.write(GET)
    }
    for (let i = 0; i < 20; i++) expect((await ask({ port, path: '/good' })).status).toBe(200)
    while (logged().length < 40) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(logged().filter(({ response_flags }) => response_flags === 'SI')).toHaveLength(20)
    // What the system's own buffers take, and little more.
    expect(flood.written()).toBeLessThan(20 * 24 * 1024 * 1024)
  })

  test('clients that half-close: in a head, in a body, behind a request', async () => {
    const { port, logged, engine } = await app()
    for (const first of ['', 'GET / HT', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab', GET]) {
      const client = await raw(port, first)
      client.socket.end()
      await client.end()
    }
    expect(logged().every(({ response_flags }) => response_flags === 'DC' || response_flags === '-')).toBe(
      true,
    )
    await engine.close()
    await socketsBackTo(before + 2)
  })
})

describe('large heads', () => {
  test.each([
    ['a field of 1 MiB', () => `x: ${'y'.repeat(1024 * 1024)}`, 431],
    ['10,000 fields', () => 'x: y\r\n'.repeat(10_000), 431],
    ['a target of 1 MiB', undefined, 414],
    ['fields of 59 KiB', () => `${`x: ${'y'.repeat(990)}\r\n`.repeat(59)}`, 200],
  ] as const)('%s', async (_name, fields, status) => {
    const upstream = await backend()
    const { port } = await gateway(
      [route({ kind: 'direct-response', status: 200, body: 'ok' })],
      [cluster('app', [endpoint(upstream.port)])],
    )
    const target = fields === undefined ? 'y'.repeat(1024 * 1024) : ''
    const text = `GET /${target} HTTP/1.1\r\nHost: a\r\n${fields?.() ?? ''}\r\n`
    const clients = await crowd(20, port, text)
    for (const client of clients) expect(await client.until('\r\n\r\n')).toContain(`HTTP/1.1 ${status}`)
  })

  test('many heads of which the last bytes never come hold no more than their limit', async () => {
    const { port } = await app({ limits: { ...limits, requestHeadersTimeoutMs: 60_000 } })
    const start = await heldBytes()
    const clients = await crowd(200, port, `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(30_000)}`)
    expect((await ask({ port })).status).toBe(200)
    expect((await heldBytes()) - start).toBeLessThan(200 * 4 * 61_440)
    for (const client of clients) client.socket.destroy()
  })
})

describe('floods above what the upstream can take', () => {
  test.each([
    ['requests', { maxRequests: 10 }],
    ['requests that wait for a connection', { maxConnections: 4, maxPendingRequests: 6 }],
  ])('bounded by %s: so many are served, the others get 503 UO at once', async (_what, bounds) => {
    const waiting: (() => void)[] = []
    const upstream = await backend((_seen, response) => waiting.push(() => response.end('ok')))
    const { port, logged } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(upstream.port)], { limits: bounds })],
    )
    const answers = Array.from({ length: 200 }, () => ask({ port }).then(({ status }) => status))
    while (logged().length < 190) await new Promise((resolve) => setImmediate(resolve))
    expect(
      logged().every(({ response_flags, response_code }) => response_flags === 'UO' && response_code === 503),
    ).toBe(true)
    let done = false
    const release = (): void => {
      for (const answer of waiting.splice(0)) answer()
      if (!done) setImmediate(release)
    }
    release()
    const statuses = await Promise.all(answers)
    done = true
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.filter((status) => status === 503)).toHaveLength(190)
    // Nothing is left of the flood: as many as before are served again.
    const again = ask({ port })
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting[0]?.()
    expect((await again).status).toBe(200)
  })

  test('a limit of connections of which one endpoint has all does not shut out the other', async () => {
    const [one, other] = [await backend(), await backend()]
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(one.port), endpoint(other.port)], { limits: { maxConnections: 1 } })],
    )
    for (let i = 0; i < 6; i++) expect((await ask({ port })).status).toBe(200)
    expect([one.seen.length, other.seen.length]).toEqual([3, 3])
  })

  test('clients that give up make room', async () => {
    const silent = await tcpBackend((socket) => void socket.on('end', () => socket.end()).resume())
    const { port, logged, upstream } = await (async () => {
      const good = await backend()
      const made = await gateway(
        [route(forward('app'), { match: { path: { kind: 'exact', value: '/' } } }), route(forward('good'))],
        [
          cluster('app', [endpoint(silent)], { limits: { maxRequests: 20, maxConnections: 5 } }),
          cluster('good', [endpoint(good.port)]),
        ],
      )
      return { ...made, upstream: good }
    })()
    for (let round = 0; round < 3; round++) {
      const clients = await crowd(20, port, GET)
      const over = await raw(port, GET)
      expect(await over.until('overflow')).toContain('HTTP/1.1 503')
      for (const client of clients) client.socket.destroy()
      const due = (round + 1) * 21
      while (logged().length < due) await new Promise((resolve) => setImmediate(resolve))
    }
    const flags = logged().map(({ response_flags }) => response_flags)
    expect([
      flags.filter((flag) => flag === 'DC').length,
      flags.filter((flag) => flag === 'UO').length,
    ]).toEqual([60, 3])
    expect((await ask({ port, path: '/good' })).status).toBe(200)
    expect(upstream.seen).toHaveLength(1)
  })

  test('keys that clients choose do not fill the memory: rate limits and metrics', async () => {
    const limit = { tokens: 1, burst: 0, intervalMs: 3_600_000, status: 429, keyHeader: 'x-key' }
    const { port, engine } = await gateway(
      [
        route(
          { kind: 'direct-response', status: 200, body: 'ok' },
          { filters: [{ kind: 'rate-limit', config: limit, origin: {} }] },
        ),
      ],
      [],
      { accessLog: 'off' },
    )
    const client = await raw(port)
    const flood = async (from: number, count: number): Promise<void> => {
      for (let at = from; at < from + count; at += 500) {
        client.text = ''
        client.write(
          Array.from(
            { length: 500 },
            (_, i) =>
              `GET /${at + i} HTTP/1.1\r\nHost: h${at + i}\r\nx-key: ${'k'.repeat(100)}${at + i}\r\n\r\n`,
          ).join(''),
        )
        client.write(`GET /last HTTP/1.1\r\nHost: a\r\nx-key: last${at}\r\nx-last: 1\r\n\r\n`)
        while (client.text.split('HTTP/1.1 ').length < 502)
          await new Promise((resolve) => client.socket.once('data', resolve))
      }
    }
    await flood(0, 11_000)
    const start = await heldBytes()
    await flood(12_000, 4_000)
    expect((await heldBytes()) - start).toBeLessThan(1024 * 1024)
    expect((await engine.metrics()).length).toBeLessThan(100_000)
  })
})

const files =
  Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Number.POSITIVE_INFINITY
const IDLE = 10_000

describe.skipIf(files < IDLE + 500)(
  `${IDLE} idle connections (needs ${IDLE + 500} open files, may have ${files})`,
  () => {
    test('cost little, others are served, and they go when their time is over', async () => {
      const { port, use, engine, upstream } = await app({ limits: { ...limits, idleTimeoutMs: 3_600_000 } })
      expect((await ask({ port })).status).toBe(200)
      const start = await heldBytes()
      const child = fork(fileURLToPath(new URL('./testing/idle-clients.mjs', import.meta.url)), [
        String(port),
        String(IDLE),
      ])
      onTestFinished(() => void child.kill())
      expect((await once(child, 'message'))[0]).toEqual({ open: IDLE, closed: 0 })
      for (let i = 0; i < 20; i++) expect((await ask({ port })).status).toBe(200)
      const each = ((await heldBytes()) - start) / IDLE
      expect(each).toBeLessThan(16 * 1024)
      // The listener goes away: they are closed one and all.
      const closed = once(child, 'message')
      await use()
      expect((await closed)[0]).toEqual({ open: IDLE, closed: IDLE })
      await engine.close()
      expect(upstream.seen).toHaveLength(21 + IDLE / 2)
      expect((await heldBytes()) - start).toBeLessThan(8 * 1024 * 1024)
    })
  },
)
