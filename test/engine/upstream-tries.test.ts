// How often an upstream is asked: no more than policy, budget and body allow. And how long a connection to it is kept.
import { describe, expect, test } from 'vitest'
import { backend, scripted, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

describe('tries', () => {
  test('a slow upstream is asked once: nothing is hedged', async () => {
    const app = await backend((_seen, response) => void setTimeout(() => response.end('late'), 200))
    const retry = { attempts: 3, on: ['5xx', 'reset', 'connect-failure'], backoffMs: 1 }
    const { port } = await gateway(
      [route(forward('app', { retry }))],
      [cluster('app', [endpoint(app.port), endpoint(app.port)])],
    )
    expect((await ask({ port })).body).toBe('late')
    expect(app.seen).toHaveLength(1)
  })

  test('a body that is here is not asked for again by a second try', async () => {
    const app = await backend((seen, response) => {
      response.statusCode = app.seen.length === 1 ? 503 : 200
      response.end(seen.headers['expect'] ?? 'none')
    })
    const retry = { attempts: 1, on: ['5xx'], backoffMs: 1 }
    const { port } = await gateway([route(forward('app', { retry }))], [cluster('app', [endpoint(app.port)])])
    const client = await raw(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
    )
    await client.until('HTTP/1.1 100')
    client.write('x')
    expect(await client.until('none')).toContain('HTTP/1.1 200')
    expect(client.text.match(/HTTP\/1.1 100/g)).toHaveLength(1)
    expect(app.seen.map(({ headers }) => headers['expect'])).toEqual(['100-continue', undefined])
  })

  test.each([
    ['a number of retries', { maxRetries: 2 }, 12],
    ['a budget', { retryBudget: { percent: 20, minConcurrency: 1 } }, 12],
    ['a budget with a floor', { retryBudget: { percent: 1, minConcurrency: 4 } }, 14],
  ])('%s bounds retries that are under way', async (_what, limits, most) => {
    const waiting: (() => void)[] = []
    const app = await backend((_seen, response) => {
      response.statusCode = 503
      waiting.push(() => response.end('no'))
    })
    const retry = { attempts: 1, on: ['5xx'], backoffMs: 1 }
    const { port, logged } = await gateway(
      [route(forward('app', { retry }))],
      [cluster('app', [endpoint(app.port)], { limits })],
    )
    const answers = Array.from({ length: 10 }, () => ask({ port }).then(({ status }) => status))
    while (app.seen.length < 10) await new Promise((resolve) => setImmediate(resolve))
    // All fail at once: those that may be tried again are, the others get what came.
    for (const answer of waiting.splice(0)) answer()
    while (logged().length < 20 - most) await new Promise((resolve) => setImmediate(resolve))
    while (app.seen.length < most) await new Promise((resolve) => setImmediate(resolve))
    for (const answer of waiting.splice(0)) answer()
    expect(await Promise.all(answers)).toEqual(answers.map(() => 503))
    expect(app.seen).toHaveLength(most)
    // The budget is whole again.
    const again = ask({ port })
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting.splice(0)[0]?.()
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting[0]?.()
    await again
    expect(app.seen).toHaveLength(most + 2)
  })

  test('a try that takes too long is not made again once some of the body is gone', async () => {
    let bytes = 0
    let connections = 0
    const silent = await tcpBackend((socket) => {
      connections++
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      socket.on('end', () => socket.end())
    })
    const retry = { attempts: 3, on: ['5xx', 'reset'], perTryTimeoutMs: 150, backoffMs: 1 }
    const { port, logged } = await gateway(
      [route(forward('app', { retry }))],
      [cluster('app', [endpoint(silent)])],
    )
    expect((await ask({ port, method: 'POST', body: 'x'.repeat(200_000) })).status).toBe(504)
    expect([connections, bytes > 200_000]).toEqual([1, true])
    expect(logged()[0]).toMatchObject({ response_flags: 'UT' })
    // A small body is kept, and sent whole each time.
    const small = ask({ port, method: 'POST', body: 'small' })
    expect((await small).status).toBe(504)
    expect(connections).toBe(5)
  })

  test('no try is made again once the answer has begun', async () => {
    let connections = 0
    const half = await tcpBackend((socket) => {
      connections++
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => socket.destroy())
      })
    })
    const retry = { attempts: 3, on: ['5xx', 'reset'], backoffMs: 1 }
    const { port } = await gateway([route(forward('app', { retry }))], [cluster('app', [endpoint(half)])])
    await expect(ask({ port })).rejects.toThrow()
    expect(connections).toBe(1)
  })

  test('when too few endpoints are sound, all are used', async () => {
    const bad = await scripted(Array.from({ length: 100 }, () => null))
    const good = await backend()
    const outlier = {
      consecutive5xx: 1,
      intervalMs: 1000,
      baseEjectionMs: 60_000,
      maxEjectionPercent: 100,
      minHealthPercent: 60,
    }
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(bad), endpoint(good.port)], { outlier })],
    )
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push((await ask({ port, method: 'POST' })).status)
    // Turns begin anew when one is ejected: one more or less may go to either.
    const failed = statuses.filter((status) => status === 503).length
    expect(failed).toBeGreaterThanOrEqual(4)
    expect(failed).toBeLessThanOrEqual(6)
  })
})

describe('connections to an upstream of HTTP/1.1', () => {
  test.each([
    ['so many requests', { maxRequestsPerConnection: 2 }, 3],
    ['so long', { maxConnectionDurationMs: 1 }, 5],
    ['not at all when idle', { idleTimeoutMs: 0 }, 5],
    ['without limit', {}, 1],
  ])('are kept for %s', async (_what, rest, connections) => {
    const app = await backend()
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)], rest)])
    for (let i = 0; i < 5; i++) {
      await ask({ port })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(app.connections()).toBe(connections)
  })

  test('are closed when idle for too long, and only so many are kept', async () => {
    let open = 0
    const waiting: (() => void)[] = []
    const app = await backend((_seen, response, request) => {
      if (request.socket.listenerCount('close') < 10) {
        open++
        request.socket.once('close', () => open--)
      }
      waiting.push(() => response.end('ok'))
    })
    const { port } = await gateway(
      [route(forward('app'))],
      [cluster('app', [endpoint(app.port)], { idleTimeoutMs: 300, maxIdle: 2 })],
    )
    const answers = Array.from({ length: 5 }, () => ask({ port }))
    while (waiting.length < 5) await new Promise((resolve) => setImmediate(resolve))
    expect(open).toBe(5)
    for (const answer of waiting) answer()
    await Promise.all(answers)
    while (open > 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(open).toBe(2)
    while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  test('one client that goes away does not take the connection of another', async () => {
    const app = await backend((seen, response) => {
      if (seen.url !== '/never') response.end('ok')
    })
    const { port } = await gateway([route(forward('app'))], [cluster('app', [endpoint(app.port)])])
    const never = await raw(port, 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n')
    while (app.seen.length < 1) await new Promise((resolve) => setImmediate(resolve))
    never.socket.destroy()
    for (let i = 0; i < 3; i++) expect((await ask({ port })).body).toBe('ok')
  })
})
