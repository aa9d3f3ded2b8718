// Filters on requests: authorization, faults, CORS, body limits, rate limits; and health checks of endpoints.
import { expect, test } from 'vitest'
import type { Filter } from '../../src/ir/filter.ts'
import type { Policy, Predicate } from '../../src/ir/policy.ts'
import { backend, tcpBackend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import { cluster, endpoint, forward, route } from './testing/model.ts'

async function filtered(...filters: readonly Filter[]) {
  const app = await backend()
  const port = await gateway([route(forward('app'), { filters })], [cluster('app', [endpoint(app.port)])])
  return { ...port, app }
}

const everybody: Predicate = { kind: 'all', of: [] }
const path = (value: string): Predicate => ({
  kind: 'match',
  attribute: { of: 'path' },
  match: { kind: 'prefix', value },
})
const policy = (
  action: Policy['action'],
  principals: Predicate,
  permissions: Predicate,
  rest: Partial<Policy> = {},
): Policy => ({
  name: `ns[a]-policy[${action}]`,
  action,
  rules: [{ principals, permissions, origin: {} }],
  origin: {},
  ...rest,
})
const rbac = (...policies: readonly Policy[]): Filter => ({ kind: 'rbac', config: { policies }, origin: {} })

test('authorization: deny before allow, allow must match, audit and dry run never decide', async () => {
  const { port, logged, app } = await filtered(
    rbac(
      policy('deny', everybody, path('/secret')),
      policy('allow', everybody, path('/a')),
      policy('allow', everybody, { kind: 'any', of: [] }),
      policy('deny', everybody, path('/a/dry'), { dryRun: true }),
      policy('audit', everybody, everybody),
    ),
  )
  expect((await ask({ port, path: '/a' })).status).toBe(200)
  expect((await ask({ port, path: '/a/dry' })).status).toBe(200)
  const denied = await ask({ port, path: '/secret' })
  expect([denied.status, denied.body, denied.headers['content-type']]).toEqual([
    403,
    'RBAC: access denied',
    'text/plain',
  ])
  expect((await ask({ port, path: '/b' })).status).toBe(403)
  expect(logged().map(({ response_code_details: details }) => details)).toEqual([
    'via_upstream',
    'via_upstream',
    'rbac_access_denied_matched_policy[ns[a]-policy[deny]-rule[0]]',
    'rbac_access_denied_matched_policy[none]',
  ])
  expect(app.seen).toHaveLength(2)
})

test('authorization sees the path as the upstream will: no spelling gets around it', async () => {
  const { port, app } = await filtered(rbac(policy('deny', everybody, path('/secret'))))
  for (const url of [
    '/secret',
    '/x/../secret',
    '/./secret',
    '/%73ecret',
    '/x/%2e%2e/secret',
    '/x\\..\\secret',
    '/secret?x',
    'http://b/secret',
  ]) {
    expect([url, (await ask({ port, path: url, headers: { host: 'b' } })).status]).toEqual([url, 403])
  }
  expect(app.seen).toEqual([])
})

test('authorization by what is not there: an attribute that is missing matches nothing, so `not` of it holds', async () => {
  const principal: Predicate = {
    kind: 'match',
    attribute: { of: 'principal' },
    match: { kind: 'exact', value: 'cluster.local/ns/a/sa/b' },
  }
  const only = await filtered(rbac(policy('allow', principal, everybody)))
  expect((await ask({ port: only.port })).status).toBe(403)
  const not = await filtered(rbac(policy('deny', { kind: 'not', of: principal }, everybody)))
  expect((await ask({ port: not.port })).status).toBe(403)
})

test('authorization by address, port, header, host, method, template', async () => {
  const allowing = async (predicate: Predicate, rest: Parameters<typeof ask>[0] = {}): Promise<number> => {
    const { port } = await filtered(rbac(policy('allow', everybody, predicate)))
    return (
      await ask({ port, headers: { host: 'h.test:81', 'x-user': 'u' }, path: '/v1/items/7/sub', ...rest })
    ).status
  }
  expect(await allowing({ kind: 'cidr', attribute: 'source.ip', value: '127.0.0.0/8' })).toBe(200)
  expect(await allowing({ kind: 'cidr', attribute: 'source.ip', value: '::1/128' })).toBe(403)
  expect(await allowing({ kind: 'cidr', attribute: 'remote.ip', value: '127.0.0.1' })).toBe(200)
  expect(await allowing({ kind: 'port', value: 1 })).toBe(403)
  expect(
    await allowing({
      kind: 'match',
      attribute: { of: 'header', name: 'x-user' },
      match: { kind: 'suffix', value: 'u' },
    }),
  ).toBe(200)
  expect(
    await allowing({
      kind: 'match',
      attribute: { of: 'host' },
      match: { kind: 'exact', value: 'H.TEST:81', ignoreCase: true },
    }),
  ).toBe(200)
  expect(
    await allowing({ kind: 'match', attribute: { of: 'method' }, match: { kind: 'exact', value: 'POST' } }),
  ).toBe(403)
  expect(await allowing({ kind: 'path-template', value: '/v1/{*}/7/{**}' })).toBe(200)
  expect(await allowing({ kind: 'path-template', value: '/v1/{*}' })).toBe(403)
})

test('faults: aborted, delayed, both', async () => {
  const abort = await filtered({
    kind: 'fault',
    config: { abort: { percent: 100, status: 418 } },
    origin: {},
  })
  expect(await ask({ port: abort.port })).toMatchObject({ status: 418, body: 'fault filter abort' })
  expect(abort.logged()[0]).toMatchObject({ response_flags: 'FI' })
  const delay = await filtered({ kind: 'fault', config: { delay: { percent: 100, ms: 20 } }, origin: {} })
  const posted = await ask({ port: delay.port, method: 'POST', body: 'hello' })
  expect([posted.status, delay.app.seen[0]?.body]).toEqual([200, 'hello'])
  expect(delay.logged()[0]).toMatchObject({ response_flags: 'DI', response_code: 200 })
  const never = await filtered({ kind: 'fault', config: { abort: { percent: 0, status: 418 } }, origin: {} })
  expect((await ask({ port: never.port })).status).toBe(200)
})

test('CORS: preflights are answered, answers are marked, others go by', async () => {
  const cors = (unmatchedPreflights: 'forward' | 'ignore'): Filter => ({
    kind: 'cors',
    origin: {},
    config: {
      allowOrigins: [{ kind: 'suffix', value: '.good.test' }],
      allowMethods: ['GET', 'PUT'],
      allowHeaders: ['x-a'],
      exposeHeaders: ['x-b'],
      maxAgeSeconds: 60,
      allowCredentials: true,
      unmatchedPreflights,
    },
  })
  const { port, app } = await filtered(cors('forward'))
  const preflight = (origin: string, at = port) =>
    ask({ port: at, method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
  const good = await preflight('https://www.good.test')
  expect([
    good.status,
    good.headers['access-control-allow-origin'],
    good.headers['access-control-allow-methods'],
  ]).toEqual([200, 'https://www.good.test', 'GET,PUT'])
  expect([
    good.headers['access-control-allow-headers'],
    good.headers['access-control-max-age'],
    good.headers['access-control-allow-credentials'],
    good.headers['access-control-expose-headers'],
  ]).toEqual(['x-a', '60', 'true', 'x-b'])
  expect(app.seen).toEqual([])
  const simple = await ask({ port, headers: { origin: 'https://www.good.test' } })
  expect([
    simple.headers['access-control-allow-origin'],
    simple.headers['access-control-expose-headers'],
  ]).toEqual(['https://www.good.test', 'x-b'])
  const bad = await ask({ port, headers: { origin: 'https://evil.test' } })
  expect([bad.status, bad.headers['access-control-allow-origin']]).toEqual([200, undefined])
  await preflight('https://evil.test')
  expect(app.seen.at(-1)?.method).toBe('OPTIONS')
  const ignoring = await filtered(cors('ignore'))
  const ignored = await preflight('https://evil.test', ignoring.port)
  expect([ignored.status, ignored.headers['access-control-allow-origin']]).toEqual([200, undefined])
  expect(ignored.headers['access-control-allow-methods']).toBe('GET,PUT')
  expect(ignoring.app.seen).toEqual([])
})

test('body limit: by what is announced and by what comes', async () => {
  const limit: Filter = { kind: 'body-limit', config: { bytes: 10 }, origin: {} }
  const { port, app } = await filtered(limit)
  expect((await ask({ port, method: 'POST', body: 'x'.repeat(10) })).status).toBe(200)
  expect(
    (await ask({ port, method: 'POST', body: 'x'.repeat(11), headers: { 'content-length': 11 } })).status,
  ).toBe(413)
  const client = await raw(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nxxxxxx\r\n',
  )
  client.write('6\r\nxxxxxx\r\n')
  expect(await client.end()).toContain('HTTP/1.1 413')
  expect(app.seen).toHaveLength(1)
})

test('rate limit: so many at once, for all or by header', async () => {
  const limit = (keyHeader?: string): Filter => ({
    kind: 'rate-limit',
    config: {
      tokens: 1,
      intervalMs: 3_600_000,
      burst: 1,
      status: 429,
      ...(keyHeader === undefined ? {} : { keyHeader }),
    },
    origin: {},
  })
  const all = await filtered(limit())
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await ask({ port: all.port })).status)
  expect(statuses).toEqual([200, 200, 429, 429])
  expect(all.logged().at(-1)).toMatchObject({ response_flags: 'RL' })
  const keyed = await filtered(limit('x-user'))
  const of = async (user: string): Promise<number> =>
    (await ask({ port: keyed.port, headers: { 'x-user': user } })).status
  expect([await of('a'), await of('a'), await of('a'), await of('b')]).toEqual([200, 200, 429, 200])
})

test('an endpoint that fails its health check is left out until it passes again', async () => {
  let healthy = false
  const flaky = await backend((seen, response) => {
    response.statusCode = seen.url === '/health' && !healthy ? 500 : 200
    response.end('flaky')
  })
  const steady = await backend((_seen, response) => response.end('steady'))
  const { port } = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [endpoint(flaky.port), endpoint(steady.port)], {
        healthCheck: {
          kind: 'http',
          path: '/health',
          intervalMs: 10,
          timeoutMs: 1_000,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      }),
    ],
  )
  const next = async (): Promise<string> => (await ask({ port })).body
  const settled = async (want: (bodies: readonly string[]) => boolean): Promise<void> => {
    for (;;) {
      const bodies = [await next(), await next(), await next(), await next()]
      if (want(bodies)) return
    }
  }
  await settled((bodies) => bodies.every((body) => body === 'steady'))
  healthy = true
  await settled((bodies) => bodies.includes('flaky'))
})

test('a TCP health check needs a connection and no more', async () => {
  const silent = await tcpBackend(() => {})
  const app = await backend()
  const { port } = await gateway(
    [route(forward('app'))],
    [
      cluster('app', [endpoint(1), endpoint(app.port)], {
        healthCheck: {
          kind: 'tcp',
          intervalMs: 10,
          timeoutMs: 500,
          healthyThreshold: 1,
          unhealthyThreshold: 1,
        },
      }),
    ],
  )
  for (;;) {
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await ask({ port })).status)
    if (statuses.every((status) => status === 200)) break
  }
  expect(silent).toBeGreaterThan(0)
})
