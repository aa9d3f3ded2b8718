// Which route takes a request, and what it does with it.
import { expect, test } from 'vitest'
import type { PathMatch, RouteMatch } from '../../src/ir/match.ts'
import type { Rewrite, Route } from '../../src/ir/route.ts'
import { backend } from './testing/backend.ts'
import { ask, raw } from './testing/client.ts'
import { gateway } from './testing/gateway.ts'
import {
  albManager,
  cluster,
  endpoint,
  forward,
  manager,
  route,
  table,
  virtualHost,
} from './testing/model.ts'

const says = (name: string, match: RouteMatch): Route =>
  route({ kind: 'direct-response', status: 200, body: name }, { name, match })
const path = (kind: PathMatch['kind'], value = '', ignoreCase?: boolean): RouteMatch => ({
  path: { kind, value, ...(ignoreCase === undefined ? {} : { ignoreCase }) } as PathMatch,
})

test('paths: exact, prefix, by segments, regular expression; the first that matches', async () => {
  const { port } = await gateway(
    [
      says('exact', path('exact', '/a')),
      says('any case', path('exact', '/CASE', true)),
      says('segments', path('segment-prefix', '/seg')),
      says('prefix', path('prefix', '/pre')),
      says('regex', path('regex', '/r/[0-9]+')),
      says('rest', path('any')),
    ],
    [],
  )
  const got = async (url: string): Promise<string> => (await ask({ port, path: url })).body
  expect(await got('/a')).toBe('exact')
  expect(await got('/a?query')).toBe('exact')
  expect(await got('/a/')).toBe('rest')
  expect(await got('/case')).toBe('any case')
  expect(await got('/seg')).toBe('segments')
  expect(await got('/seg/x')).toBe('segments')
  expect(await got('/segment')).toBe('rest')
  expect(await got('/prefix')).toBe('prefix')
  expect(await got('/r/12')).toBe('regex')
  expect(await got('/r/12/x')).toBe('rest')
  expect(await got('/x/../a')).toBe('exact')
})

test('method, headers, query, authority, scheme', async () => {
  const any = { path: { kind: 'any' } } as const
  const { port } = await gateway(
    [
      says('method', { ...any, method: { kind: 'exact', value: 'DELETE' } }),
      says('present', { ...any, headers: [{ name: 'x-a', match: { kind: 'present' } }] }),
      says('several', { ...any, headers: [{ name: 'x-m', match: { kind: 'exact', value: '2' } }] }),
      says('not', {
        ...any,
        headers: [
          { name: 'x-b', match: { kind: 'prefix', value: 'yes' } },
          { name: 'x-c', match: { kind: 'present' }, invert: true },
        ],
      }),
      says('query', { ...any, queryParameters: [{ name: 'q', match: { kind: 'exact', value: 'a%20b' } }] }),
      says('authority', { ...any, authority: { kind: 'suffix', value: ':81' } }),
      says('scheme', { ...any, scheme: { kind: 'exact', value: 'https' } }),
      says('empty', {
        ...any,
        headers: [{ name: 'x-d', match: { kind: 'exact', value: '' }, missingAsEmpty: true }],
      }),
    ],
    [],
  )
  const got = async (headers: Record<string, string | string[]>, rest = {}): Promise<string> =>
    (await ask({ port, headers: { host: 'a', ...headers }, ...rest })).body
  expect(await got({}, { method: 'DELETE' })).toBe('method')
  expect(await got({ 'X-A': '' })).toBe('present')
  expect(await got({ 'x-m': ['1', '2'] })).toBe('several')
  expect(await got({ 'x-m': '1,2' })).toBe('empty')
  expect(await got({ 'x-b': 'yes!' })).toBe('not')
  expect(await got({ 'x-b': 'yes!', 'x-c': '1', 'x-d': '1' })).toBe('')
  expect(await got({}, { path: '/?p=1&q=a%20b' })).toBe('query')
  expect(await got({ host: 'a:81' })).toBe('authority')
  expect(await got({})).toBe('empty')
})

test('virtual hosts: exact, longest suffix, any; ports and case do not count', async () => {
  const host = (...domains: string[]) =>
    virtualHost(domains, [route({ kind: 'direct-response', status: 200, body: domains[0] ?? '' })])
  const { port } = await gateway(
    manager(table(host('*'), host('*.test'), host('*.b.test'), host('a.test', 'alias.test'))),
    [],
  )
  const got = async (name: string): Promise<string> => (await ask({ port, headers: { host: name } })).body
  expect(await got('a.test')).toBe('a.test')
  expect(await got('ALIAS.test:8080')).toBe('a.test')
  expect(await got('x.test')).toBe('*.test')
  expect(await got('x.y.b.test')).toBe('*.b.test')
  expect(await got('b.test')).toBe('*.test')
  expect(await got('other')).toBe('*')
  expect(await got('[::1]:80')).toBe('*')
})

test('no host, no route: 404 NR, or what the table and the host say', async () => {
  const none = await gateway(
    manager(table(virtualHost(['a'], [says('x', path('exact', '/x'))])), { accessLog: 'istio-json' }),
    [],
  )
  expect(await ask({ port: none.port, headers: { host: 'b' } })).toMatchObject({ status: 404, body: '' })
  expect(await ask({ port: none.port, headers: { host: 'a' } })).toMatchObject({ status: 404, body: '' })
  expect(none.logged()[0]).toMatchObject({
    response_flags: 'NR',
    response_code_details: 'route_not_found',
    route_name: null,
  })
  const fallback = { kind: 'direct-response', status: 502, body: 'nobody' } as const
  const own = await gateway(
    manager({ ...table(virtualHost(['a'], [], { fallback: { ...fallback, body: 'host' } })), fallback }),
    [],
  )
  expect((await ask({ port: own.port, headers: { host: 'a' } })).body).toBe('host')
  expect((await ask({ port: own.port, headers: { host: 'b' } })).body).toBe('nobody')
})

test('rewrites change path and authority, keep the query, and tell of the original', async () => {
  const app = await backend()
  const rewritten = (
    match: RouteMatch,
    rewrite: NonNullable<Extract<Route['action'], { kind: 'forward' }>['rewrite']>,
  ): Route => route(forward('app', { rewrite }), { match })
  const { port } = await gateway(
    [
      rewritten(path('prefix', '/api/'), { path: { kind: 'replace-prefix', value: '/' } }),
      rewritten(path('segment-prefix', '/old'), { path: { kind: 'replace-prefix', value: '/new/' } }),
      rewritten(path('exact', '/full'), {
        path: { kind: 'replace-full', value: '/whole' },
        authority: 'up.stream:81',
      }),
      rewritten(path('regex', '/item/.*'), {
        path: { kind: 'regex', pattern: '^/item/(\\w+)/(\\w+)$', value: '/$1/\\2-\\1' },
      }),
    ],
    [cluster('app', [endpoint(app.port)])],
  )
  const got = async (url: string) =>
    JSON.parse((await ask({ port, path: url, headers: { host: 'a' } })).body) as {
      url: string
      headers: Record<string, string>
    }
  expect((await got('/api/x?y=/api/')).url).toBe('/x?y=/api/')
  expect((await got('/old/x')).url).toBe('/new/x')
  expect((await got('/old')).url).toBe('/new/')
  const full = await got('/full?q')
  expect([full.url, full.headers['host'], full.headers['x-envoy-original-path']]).toEqual([
    '/whole?q',
    'up.stream:81',
    '/full?q',
  ])
  expect((await got('/item/a/b')).url).toBe('/$1/b-a')
})

test('a path of which a rewrite leaves nothing stays', async () => {
  const app = await backend()
  const path: NonNullable<Rewrite['path']> = { kind: 'regex', pattern: '^/a', value: '' }
  const { port } = await gateway(
    [route(forward('app', { rewrite: { path } }))],
    [cluster('app', [endpoint(app.port)])],
  )
  for (const url of ['/a', '/a?q']) expect((await ask({ port, path: url })).status).toBe(200)
  expect(app.seen.map(({ url }) => url)).toEqual(['/a', '/a?q'])
  expect(app.seen.some(({ headers }) => 'x-envoy-original-path' in headers)).toBe(false)
})

test('redirects', async () => {
  const to = (name: string, redirect: object): Route =>
    route({ kind: 'redirect', status: 302, ...redirect } as Route['action'], {
      match: path('prefix', `/${name}`),
    })
  const { port } = await gateway(
    [
      to('scheme', { scheme: 'https', status: 301 }),
      to('host', { authority: 'b.test' }),
      to('port', { port: 8443, scheme: 'https' }),
      to('default', { port: 443, scheme: 'https' }),
      to('path', { path: { kind: 'replace-full', value: '/there' } }),
      to('prefix', { path: { kind: 'replace-prefix', value: '/p' }, status: 308 }),
    ],
    [],
  )
  const got = async (url: string): Promise<string> => {
    const { status, headers } = await ask({ port, path: url, headers: { host: 'a.test:8080' } })
    return `${status} ${headers.location}`
  }
  expect(await got('/scheme?q')).toBe('301 https://a.test:8080/scheme?q')
  expect(await got('/host/x')).toBe('302 http://b.test/host/x')
  expect(await got('/port')).toBe('302 https://a.test:8443/port')
  expect(await got('/default')).toBe('302 https://a.test:443/default')
  expect(await got('/path?q')).toBe('302 http://a.test:8080/there?q')
  expect(await got('/prefix/x')).toBe('308 http://a.test:8080/p/x')
})

test('the scheme is what the target says, then what a trusted proxy says; one of TLS comes to an edge over TLS only', async () => {
  const away = route({ kind: 'redirect', status: 302, path: { kind: 'replace-full', value: '/there' } })
  const behind = await gateway(
    manager(table(virtualHost(['*'], [away])), { clientAddress: { useRemoteAddress: true, trustedHops: 1 } }),
    [],
  )
  const location = async (target: string, proto: string) =>
    (await ask({ port: behind.port, path: target, headers: { host: 'a', 'x-forwarded-proto': proto } }))
      .headers.location
  expect(await location('/', 'https')).toBe('https://a/there')
  expect(await location('http://b/', 'https')).toBe('http://b/there')
  expect(await location('HTTPS://b/', 'http')).toBe('https://b/there')
  const edge = await gateway([away], [])
  expect((await ask({ port: edge.port, path: 'http://b/' })).headers.location).toBe('http://b/there')
  expect((await ask({ port: edge.port, path: 'https://b/' })).status).toBe(403)
})

test('a host that wants TLS redirects plain HTTP, and believes a trusted X-Forwarded-Proto', async () => {
  const host = virtualHost(['*'], [says('in', path('any'))], { requireTls: { status: 301 } })
  const { port } = await gateway(manager(table(host)), [])
  expect(await ask({ port, path: '/x', headers: { host: 'a', 'x-forwarded-proto': 'https' } })).toMatchObject(
    { status: 301 },
  )
  const behind = await gateway(
    manager(table(host), { clientAddress: { useRemoteAddress: true, trustedHops: 1 } }),
    [],
  )
  expect((await ask({ port: behind.port, headers: { host: 'a', 'x-forwarded-proto': 'https' } })).body).toBe(
    'in',
  )
})

test('a route that could not be built answers with its reason', async () => {
  const { port } = await gateway(
    [route({ kind: 'fail', status: 500, reason: 'SP0501', message: 'no such host' })],
    [],
  )
  const got = await ask({ port })
  expect([got.status, got.body, got.headers['x-sallyport-reason']]).toEqual([500, 'no such host', 'SP0501'])
})

test('a route that the engine cannot lower fails closed and is reported; others go on', async () => {
  const port = await gateway([], []).then(({ port: free }) => free)
  expect(port).toBeGreaterThan(0)
  const { testEngine } = await import('./testing/engine.ts')
  const { chain, freePort, listener, proxy } = await import('./testing/model.ts')
  const { use } = testEngine()
  const at = await freePort()
  const routes = [
    says('bad pattern', path('regex', '(')),
    route(forward('app', { rewrite: { path: { kind: 'regex', pattern: '(', value: '' } } }), {
      match: path('exact', '/rewrite'),
    }),
    says('good', path('any')),
  ]
  const rejected = await use(
    proxy('g', [listener(at, [chain(manager(table(virtualHost(['*'], routes))))])], []),
  )
  expect(rejected.map(({ code }) => code)).toEqual(['SP0801', 'SP0801'])
  expect((await ask({ port: at, path: '/rewrite' })).status).toBe(500)
  expect((await ask({ port: at, path: '/other' })).body).toBe('good')
})

test('header operations: remove, set, add, with values of the request', async () => {
  const app = await backend((_seen, response) => {
    response.setHeader('x-gone', 'x')
    response.setHeader('x-kept', 'x')
    response.end(JSON.stringify(_seen))
  })
  const { port } = await gateway(
    manager(
      table(
        virtualHost(
          ['*'],
          [
            route(
              {
                kind: 'forward',
                clusters: [
                  {
                    cluster: 'app',
                    weight: 1,
                    origin: {},
                    headers: { request: { set: [['x-dest', 'd']] }, response: { add: [['x-from', 'dest']] } },
                  },
                ],
              },
              {
                headers: {
                  request: {
                    remove: ['x-remove'],
                    set: [
                      ['x-set', 'new'],
                      ['x-host', '%REQ(:authority)%|%REQ(x-missing?:method)%'],
                      ['x-nothing', '%REQ(x-missing)%'],
                      ['x-percent', '100%%'],
                    ],
                    add: [['x-add', 'more']],
                  },
                  response: {
                    remove: ['x-gone'],
                    add: [
                      ['x-from', 'route'],
                      ['x-client', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'],
                    ],
                  },
                },
              },
            ),
          ],
          { headers: { response: { add: [['x-from', 'host']] } } },
        ),
      ),
    ),
    [cluster('app', [endpoint(app.port)])],
  )
  const got = await ask({
    port,
    headers: { host: 'h.test', 'x-remove': '1', 'x-set': 'old', 'x-add': 'one' },
  })
  const { headers } = app.seen[0] ?? { headers: {} as Record<string, unknown> }
  expect(headers['x-remove']).toBeUndefined()
  expect(headers['x-set']).toBe('new')
  expect(headers['x-add']).toBe('one, more')
  expect(headers['x-host']).toBe('h.test|GET')
  expect(headers['x-nothing']).toBeUndefined()
  expect(headers['x-percent']).toBe('100%')
  expect(headers['x-dest']).toBe('d')
  expect(got.headers['x-gone']).toBeUndefined()
  expect(got.headers['x-kept']).toBe('x')
  expect(got.headers['x-from']).toBe('dest, route, host')
  expect(got.headers['x-client']).toBe('127.0.0.1')
})

test('a value of configuration cannot split a message', async () => {
  const app = await backend()
  const { port } = await gateway(
    [
      route(forward('app'), {
        headers: {
          request: {
            set: [
              ['x-evil', 'a\r\nx-injected: \u010d\u010ab'],
              ['x-utf8', 'é€'],
            ],
          },
        },
      }),
    ],
    [cluster('app', [endpoint(app.port)])],
  )
  await ask({ port })
  const { headers } = app.seen[0] ?? { headers: {} as Record<string, unknown> }
  expect(headers['x-injected']).toBeUndefined()
  expect(Buffer.from(String(headers['x-utf8']), 'latin1').toString()).toBe('é€')
})

test('weights: a share of requests each, none for 0', async () => {
  const counts = new Map<string, number>()
  const names = ['one', 'three', 'never']
  const backends = await Promise.all(
    names.map((name) =>
      backend((_seen, response) => {
        counts.set(name, (counts.get(name) ?? 0) + 1)
        response.end()
      }),
    ),
  )
  const { port } = await gateway(
    [
      route({
        kind: 'forward',
        clusters: [
          { cluster: 'one', weight: 1, origin: {} },
          { cluster: 'three', weight: 3, origin: {} },
          { cluster: 'never', weight: 0, origin: {} },
        ],
      }),
    ],
    names.map((name, index) => cluster(name, [endpoint(backends[index]?.port ?? 0)])),
  )
  const client = await raw(port)
  client.write(
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(400) +
      'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  await client.end()
  expect(counts.get('never')).toBeUndefined()
  const share = (counts.get('three') ?? 0) / 401
  expect(share).toBeGreaterThan(0.6)
  expect(share).toBeLessThan(0.9)
})

test('the same key goes to the same endpoint, a cookie is made up when there is none', async () => {
  const backends = await Promise.all(
    [0, 1, 2, 3].map(() =>
      backend((_seen, response, request) => response.end(String(request.socket.localPort))),
    ),
  )
  const endpoints = backends.map(({ port: one }) => endpoint(one))
  const sticky = (kind: 'ring-hash' | 'maglev') =>
    gateway(
      [
        route(
          forward('app', {
            hash: [
              { kind: 'header', name: 'x-user' },
              { kind: 'cookie', name: 'route', ttlSeconds: 60, path: '/' },
            ],
          }),
        ),
      ],
      [cluster('app', endpoints, { balancing: { kind } })],
    )
  for (const kind of ['ring-hash', 'maglev'] as const) {
    const { port } = await sticky(kind)
    const places = new Set<string>()
    for (let user = 0; user < 20; user++) {
      const answers = new Set<string>()
      for (let i = 0; i < 3; i++)
        answers.add((await ask({ port, headers: { 'x-user': `user-${user}` } })).body)
      expect(answers.size).toBe(1)
      places.add([...answers][0] ?? '')
    }
    expect(places.size).toBeGreaterThan(1)
    const first = await ask({ port })
    const cookie = first.headers['set-cookie']?.[0] ?? ''
    expect(cookie).toMatch(/^route="[0-9a-f]{16}"; Max-Age=60; Path=\/; HttpOnly$/)
    for (let i = 0; i < 5; i++) {
      const again = await ask({ port, headers: { cookie: cookie.split(';')[0] ?? '' } })
      expect([again.body, again.headers['set-cookie']]).toEqual([first.body, undefined])
    }
  }
})

test('a mirror gets a copy, and changes nothing', async () => {
  const app = await backend()
  let arrived: (() => void) | undefined
  const mirrored = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const shadow = await backend((_seen, response) => {
    arrived?.()
    response.statusCode = 500
    response.end()
  })
  const { port } = await gateway(
    [
      route(
        forward('app', {
          mirrors: [
            { cluster: 'shadow', percent: 100 },
            { cluster: 'missing', percent: 100 },
          ],
        }),
      ),
    ],
    [cluster('app', [endpoint(app.port)]), cluster('shadow', [endpoint(shadow.port)])],
  )
  expect((await ask({ port, method: 'POST', path: '/x', body: 'hello' })).status).toBe(200)
  await mirrored
  expect(shadow.seen[0]).toMatchObject({ method: 'POST', url: '/x', body: 'hello' })
  expect(app.seen).toHaveLength(1)
})

test('headers to the upstream and to the client, as Envoy writes them in Istio', async () => {
  const app = await backend()
  const { port } = await gateway(
    [route(forward('app', { timeoutMs: 15_000 }))],
    [cluster('app', [endpoint(app.port)])],
  )
  const got = await ask({
    port,
    headers: {
      host: 'a',
      'x-forwarded-for': '1.2.3.4',
      'x-request-id': 'mine',
      'x-envoy-retry-on': '5xx',
      'x-forwarded-client-cert': 'By=me',
      te: 'gzip',
    },
  })
  const { headers } = app.seen[0] ?? { headers: {} as Record<string, unknown> }
  expect(headers['x-forwarded-for']).toBe('1.2.3.4,127.0.0.1')
  expect(headers['x-forwarded-proto']).toBe('http')
  expect(headers['x-envoy-external-address']).toBe('127.0.0.1')
  expect(headers['x-request-id']).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(headers['x-envoy-retry-on']).toBeUndefined()
  expect(headers['x-forwarded-client-cert']).toBeUndefined()
  expect(headers['te']).toBeUndefined()
  expect(headers['x-envoy-attempt-count']).toBe('1')
  expect(headers['x-envoy-expected-rq-timeout-ms']).toBe('15000')
  expect(got.headers['server']).toBe('istio-envoy')
  expect(got.headers['x-envoy-upstream-service-time']).toMatch(/^\d+$/)
  expect(got.headers['date']).toBeDefined()
})

test('headers to the upstream and to the client, as the IKS ALB writes them', async () => {
  const app = await backend((seen, response) => {
    response.setHeader('server', 'app')
    response.setHeader('x-global-k8fdic-transaction-id', 'x')
    response.end(JSON.stringify(seen))
  })
  const { port } = await gateway(albManager(table(virtualHost(['*'], [route(forward('app'))]))), [
    cluster('app', [endpoint(app.port)]),
  ])
  const got = await ask({
    port,
    headers: {
      host: 'a.test:8080',
      'x-forwarded-for': '1.2.3.4',
      'x-real-ip': '9.9.9.9',
      'x-forwarded-proto': 'https',
    },
  })
  const { headers } = app.seen[0] ?? { headers: {} as Record<string, unknown> }
  expect(headers['x-real-ip']).toBe('127.0.0.1')
  expect(headers['x-forwarded-for']).toBe('1.2.3.4, 127.0.0.1')
  expect(headers['x-forwarded-host']).toBe('a.test')
  expect(headers['x-forwarded-port']).toBe(String(port))
  expect(headers['x-forwarded-proto']).toBe('http')
  expect(headers['x-global-k8fdic-transaction-id']).toMatch(/^[0-9a-f]{32}$/)
  expect(got.headers['server']).toBeUndefined()
  expect(got.headers['x-global-k8fdic-transaction-id']).toBeUndefined()
})
