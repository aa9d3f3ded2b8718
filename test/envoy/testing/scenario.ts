// Random models and random requests, as plain values that can be printed and shrunk.
import fc from 'fast-check'
import type { Filter } from '../../../src/ir/filter.ts'
import type { HttpManager } from '../../../src/ir/listener.ts'
import type { HeaderMatch, PathMatch, StringMatch } from '../../../src/ir/match.ts'
import type { Predicate } from '../../../src/ir/policy.ts'
import type { HeaderMutations, Route, RouteAction, VirtualHost } from '../../../src/ir/route.ts'

export const CLUSTERS = ['app-0', 'app-1', 'none'] as const
const HOSTS = ['a.test', 'b.test', '*.w.test', 'x.w.test'] as const
const origin = {}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const pick = <const T>(...values: readonly T[]) => fc.constantFrom(...values)
/** Without keys whose value is undefined: the model's optional fields are absent or set. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never
}

const text = pick('1', 'ab', 'a', 'B', '')
const stringMatch: fc.Arbitrary<StringMatch> = fc.oneof(
  fc
    .record({
      kind: pick('exact', 'prefix', 'suffix'),
      value: pick('1', 'ab', 'a', 'b'),
      ignoreCase: fc.boolean(),
    })
    .map((match) => match as StringMatch),
  fc.record({ kind: fc.constant('regex' as const), value: pick('a.*', '[0-9]+', 'ab?', '.*') }),
  fc.constant({ kind: 'present' as const }),
)
const headerMatch: fc.Arbitrary<HeaderMatch> = fc
  .record({ name: pick('x-a', 'x-b'), match: stringMatch, invert: maybe(fc.constant(true as const)) })
  .map((value) => present(value) as HeaderMatch)
const path: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.constant({ kind: 'any' as const }),
  fc
    .record({
      kind: pick('exact', 'prefix'),
      value: pick('/', '/a', '/a/', '/a/b', '/a%20b', '/B'),
      ignoreCase: maybe(fc.constant(true as const)),
    })
    .map((value) => present(value) as PathMatch),
  fc.record({ kind: fc.constant('segment-prefix' as const), value: pick('/', '/a', '/a/b') }),
  fc.record({ kind: fc.constant('regex' as const), value: pick('/a.*', '/[ab]', '/(a|b)/.*', '/a%20.*') }),
)
const mutation = fc
  .record({
    set: maybe(
      fc.uniqueArray(fc.tuple(pick('x-a', 'x-s', 'user-agent'), pick('1', 'set', '%REQ(x-b)%', '100%%')), {
        maxLength: 2,
        selector: ([name]) => name,
      }),
    ),
    add: maybe(fc.array(fc.tuple(pick('x-a', 'x-t'), pick('2', 'added')), { maxLength: 2 })),
    remove: maybe(fc.array(pick('x-b', 'x-c', 'user-agent'), { maxLength: 2 })),
  })
  .map(present)
const headers: fc.Arbitrary<HeaderMutations> = fc
  .record({ request: maybe(mutation), response: maybe(mutation) })
  .map((value) => present(value) as HeaderMutations)

const rewrite = fc
  .record({
    path: maybe(
      fc.oneof(
        fc.record({
          kind: pick('replace-prefix', 'replace-full'),
          value: pick('/', '/new', '/new/', '/n\\1w'),
        }),
        fc
          .record({
            kind: fc.constant('regex' as const),
            pattern: pick('/a', '^/([ab])', 'b+'),
            value: pick('/z', '/z\\1', ''),
          })
          .map((one) => (one.pattern.includes('(') ? one : { ...one, value: one.value.replace('\\1', '') })),
      ),
    ),
    authority: maybe(fc.constant('upstream.test')),
  })
  .map(present)
const action: fc.Arbitrary<RouteAction> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        cluster: pick(...CLUSTERS),
        other: fc.boolean(),
        rewrite: maybe(rewrite),
        own: maybe(headers),
      })
      .map(
        ({ cluster, other, rewrite: change, own }) =>
          present({
            kind: 'forward' as const,
            clusters: [
              present({ cluster, weight: 1, headers: other ? own : undefined, origin }),
              ...(other ? [{ cluster: 'app-1', weight: 0, origin }] : []),
            ],
            rewrite: change,
          }) as RouteAction,
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        kind: fc.constant('redirect' as const),
        status: pick(301, 302, 303, 307, 308),
        scheme: maybe(pick('http', 'https')),
        authority: maybe(pick('else.test')),
        port: maybe(pick(8443, 443)),
        path: maybe(fc.record({ kind: pick('replace-full', 'replace-prefix'), value: pick('/', '/moved') })),
      })
      .map((value) => present(value) as RouteAction),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        kind: fc.constant('direct-response' as const),
        status: pick(200, 404, 503),
        body: maybe(pick('said', '{}')),
        contentType: maybe(pick('application/json')),
      })
      .map((value) => present(value) as RouteAction),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      kind: 'fail' as const,
      status: 500,
      reason: 'SP0505' as const,
      message: 'broken',
    }),
  },
)

const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ p: Predicate }>((tie) => ({
  p: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('match' as const),
      attribute: fc.oneof(
        pick({ of: 'method' as const }, { of: 'path' as const }, { of: 'host' as const }),
        fc.record({ of: fc.constant('header' as const), name: pick('x-a', 'x-b') }),
      ),
      match: fc.oneof(
        pick<StringMatch>(
          { kind: 'exact', value: 'GET' },
          { kind: 'prefix', value: '/a' },
          { kind: 'exact', value: 'a.test' },
        ),
        stringMatch,
      ),
    }),
    fc.record({ kind: fc.constant('path-template' as const), value: pick('/a/{*}', '/{**}', '/{*}/b') }),
    fc.record({ kind: pick('all', 'any'), of: fc.array(tie('p'), { maxLength: 2 }) }),
    fc.record({ kind: fc.constant('not' as const), of: tie('p') }),
  ),
})).p
const principal: fc.Arbitrary<Predicate> = fc.oneof(
  fc.record({
    kind: fc.constant('cidr' as const),
    attribute: fc.constant('source.ip' as const),
    value: pick('127.0.0.0/8', '10.0.0.1'),
  }),
  fc.constant<Predicate>({ kind: 'all', of: [] }),
  fc.record({
    kind: fc.constant('match' as const),
    attribute: pick({ of: 'principal' as const }, { of: 'namespace' as const }),
    match: pick<StringMatch>(
      { kind: 'exact', value: 'cluster.local/ns/n/sa/good' },
      { kind: 'exact', value: 'n' },
      { kind: 'present' },
    ),
  }),
)
const rbac: fc.Arbitrary<Filter> = fc
  .array(
    fc.record({
      name: pick('p', 'q'),
      action: pick('allow', 'deny'),
      rules: fc.array(
        fc.record({ principals: principal, permissions: predicate, origin: fc.constant(origin) }),
        { maxLength: 2 },
      ),
      origin: fc.constant(origin),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((policies) => ({
    kind: 'rbac',
    config: { policies: policies.map((one, index) => ({ ...one, name: `${one.name}${index}` })) },
    origin,
  }))
const routeFilters: fc.Arbitrary<readonly Filter[]> = fc
  .record({
    limit: maybe(fc.constant<Filter>({ kind: 'body-limit', config: { bytes: 100 }, origin })),
    fault: fc.option(
      fc.constant<Filter>({ kind: 'fault', config: { abort: { percent: 100, status: 418 } }, origin }),
      {
        nil: undefined,
        freq: 8,
      },
    ),
    cors: maybe(
      fc
        .record({
          allowOrigins: pick<readonly StringMatch[]>(
            [{ kind: 'exact', value: 'https://o.test' }],
            [{ kind: 'exact', value: '*' }],
          ),
          allowMethods: pick<readonly string[]>(['GET', 'PUT'], []),
          allowHeaders: pick<readonly string[]>(['x-a'], []),
          exposeHeaders: pick<readonly string[]>(['x-e'], []),
          allowCredentials: fc.boolean(),
          unmatchedPreflights: pick('forward', 'ignore'),
        })
        .map((config): Filter => ({ kind: 'cors', config, origin })),
    ),
  })
  .map(({ limit, fault, cors }) => [limit, fault, cors].flatMap((one) => one ?? []))

const route: fc.Arbitrary<Omit<Route, 'name'>> = fc
  .record({
    match: fc
      .record({
        path,
        method: maybe(pick<StringMatch>({ kind: 'exact', value: 'GET' }, { kind: 'regex', value: 'P.*' })),
        headers: maybe(fc.array(headerMatch, { minLength: 1, maxLength: 2 })),
        queryParameters: maybe(
          fc.array(fc.record({ name: pick('q', 'r'), match: stringMatch }), { minLength: 1, maxLength: 1 }),
        ),
      })
      .map(present),
    action,
    headers: maybe(headers),
    filters: maybe(routeFilters),
    origin: fc.constant(origin),
  })
  .map((value) => present(value) as Omit<Route, 'name'>)

const fallback = fc.constant({ kind: 'direct-response' as const, status: 404, body: 'nothing here' })
const virtualHost: fc.Arbitrary<Omit<VirtualHost, 'name' | 'domains'>> = fc
  .record({
    routes: fc
      .array(route, { minLength: 1, maxLength: 4 })
      .map((routes) => routes.map((one, index) => ({ ...one, name: `r${index}` }))),
    requireTls: fc.option(pick({ status: 301 as const }, { status: 308 as const }), {
      nil: undefined,
      freq: 8,
    }),
    fallback: fc.option(fallback, { nil: undefined, freq: 4 }),
    headers: maybe(headers),
    origin: fc.constant(origin),
  })
  .map((value) => present(value) as Omit<VirtualHost, 'name' | 'domains'>)

/** What a model is made of. */
export interface Scenario {
  readonly hosts: readonly VirtualHost[]
  readonly manager: Pick<
    HttpManager,
    'profile' | 'path' | 'server' | 'forwardClientCert' | 'clientAddress'
  > & {
    readonly filters?: readonly Filter[]
  }
  readonly clients: 'none' | 'optional' | 'require'
  readonly sni: readonly string[]
  readonly requests: readonly Asked[]
}

/** One request. */
export interface Asked {
  readonly tls: boolean
  readonly sni: string
  readonly client?: 'good' | 'other' | 'foreign' | 'expired'
  readonly method: string
  readonly host: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: number
}

const asked: fc.Arbitrary<Asked> = fc
  .record({
    tls: fc.boolean(),
    sni: pick('a.test', 'x.w.test', 'b.test', 'other.test', ''),
    client: maybe(pick('good', 'other', 'foreign', 'expired')),
    method: pick('GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
    host: pick(
      'a.test',
      'a.test',
      'b.test',
      'x.w.test',
      'y.x.w.test',
      'w.test',
      'other.test',
      'A.Test',
      'a.test:8080',
      'a.test.',
    ),
    path: fc
      .tuple(
        fc.array(
          pick(
            '/a',
            '/b',
            '/',
            '/a/',
            '/..',
            '/.',
            '/%61',
            '/a%20b',
            '/%2Fa',
            '/%2e%2e',
            '\\b',
            '//',
            '/B',
            ';p',
            '/a%zz',
            '/%00',
            '%7e',
            '%5C',
          ),
          { minLength: 1, maxLength: 3 },
        ),
        pick('', '', '?', '?q=1', '?q=ab&r=%61', '?r', '?q=a%20b&q=1', '?/../x'),
      )
      .map(([parts, query]) => `${parts.join('').replace(/^[^/]/, '/$&')}${query}`),
    headers: fc.uniqueArray(
      fc.oneof(
        fc.tuple(pick('x-a', 'x-b', 'x-c'), text),
        pick<readonly [string, string]>(
          ['x-forwarded-for', '1.2.3.4'],
          ['x-forwarded-proto', 'https'],
          ['x-forwarded-client-cert', 'By=x;URI=spiffe://evil'],
          ['x-envoy-original-path', '/evil'],
          ['x-sallyport-reason', 'evil'],
          ['origin', 'https://o.test'],
          ['origin', 'https://p.test'],
          ['access-control-request-method', 'PUT'],
          ['user-agent', 'test'],
          ['x-request-id', 'mine'],
          ['te', 'trailers'],
          ['cookie', 'a=1; b=2'],
        ),
      ),
      { maxLength: 4, selector: ([name]) => name },
    ),
    body: pick(0, 0, 50, 5000),
  })
  .map((value) => present(value) as Asked)

/** The ALB is an edge without policies and faults; what it makes of a port in Host is among the differences in docs/engines.md. */
function settled(scenario: Scenario): Scenario {
  const { profile, path, server, forwardClientCert } = scenario.manager
  if (profile === 'istio') return scenario
  return {
    ...scenario,
    hosts: scenario.hosts.map((host) => ({
      ...host,
      routes: host.routes.map(({ filters = [], ...route }) => ({
        ...route,
        filters: filters.filter(({ kind }) => kind !== 'fault'),
      })),
    })),
    manager: {
      profile,
      path,
      server,
      forwardClientCert,
      clientAddress: { useRemoteAddress: true, trustedHops: 0 },
    },
    requests: scenario.requests.map((one) => ({ ...one, host: one.host.replace(/:.*/, '') })),
  }
}

/** A model with `count` requests to it. */
export const scenario = (count: number): fc.Arbitrary<Scenario> =>
  fc
    .record({
      hosts: fc
        .tuple(
          fc.subarray([...HOSTS], { minLength: 1 }),
          fc.array(virtualHost, { minLength: 4, maxLength: 4 }),
        )
        .map(([domains, hosts]) =>
          domains.flatMap((domain, index) => {
            const host = hosts[index]
            return host ? [{ ...host, name: `h${index}`, domains: [domain] }] : []
          }),
        ),
      manager: fc
        .record({
          profile: pick('istio', 'istio', 'alb'),
          path: pick('none', 'base', 'merge-slashes', 'decode-and-merge-slashes'),
          server: fc.oneof(
            pick({ mode: 'remove' as const }, { mode: 'pass-through' as const }),
            fc.constant({ mode: 'overwrite' as const, value: 'istio-envoy' }),
          ),
          forwardClientCert: fc.record({
            mode: pick('sanitize', 'forward-only', 'append-forward', 'sanitize-set', 'always-forward-only'),
            details: fc.subarray(['subject', 'dns', 'uri'] as ('subject' | 'dns' | 'uri')[]),
          }),
          clientAddress: fc.record({ useRemoteAddress: fc.boolean(), trustedHops: pick(0, 0, 1) }),
          filters: maybe(rbac.map((one) => [one])),
        })
        .map(present),
      clients: pick('none', 'optional', 'require'),
      sni: pick<readonly string[]>(['a.test'], ['*.w.test', 'a.test'], ['b.test', 'x.w.test']),
      requests: fc.array(asked, { minLength: count, maxLength: count }),
    })
    .map((value) => settled(value as Scenario))
