// Random routes and virtual hosts: conditions, actions, header rules and filters.
import fc from 'fast-check'
import type { Filter } from '../../../src/ir/filter.ts'
import type { StringMatch } from '../../../src/ir/match.ts'
import type { HeaderMutations, RetryPolicy, Route, RouteAction, VirtualHost } from '../../../src/ir/route.ts'
import { maybe, origin, pick, present, rarely } from './draw.ts'
import { headerMatch, path, stringMatch } from './draw-match.ts'
import { CLUSTERS } from './names.ts'

const mutation = fc
  .record({
    set: maybe(
      fc.uniqueArray(
        fc.tuple(
          pick('x-a', 'x-s', 'user-agent'),
          pick('1', 'set', '%REQ(x-b)%', '100%%', '%PROTOCOL% %REQ(:method)%', '%REQ(x-a)%-%REQ(:path)%'),
        ),
        {
          maxLength: 2,
          selector: ([name]) => name,
        },
      ),
    ),
    add: maybe(fc.array(fc.tuple(pick('x-a', 'x-t'), pick('2', 'added')), { maxLength: 2 })),
    remove: maybe(fc.array(pick('x-b', 'x-c', 'user-agent'), { maxLength: 2 })),
  })
  // A header that another value needs, and that may turn out empty (docs/engines.md).
  .filter(
    ({ set = [] }) =>
      !set.some(([name, value]) => name === 'x-a' && value === '%REQ(x-b)%') ||
      !set.some(([name, value]) => name !== 'x-a' && value.includes('(x-a)')),
  )
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
          // What is left begins with a slash: node puts one before it, as docs/engines.md says.
          .map(({ kind, pattern, value }) => ({
            kind,
            pattern,
            value:
              value === '' && pattern.includes('/')
                ? '/'
                : pattern.includes('(')
                  ? value
                  : value.replace('\\1', ''),
          })),
      ),
    ),
    authority: maybe(fc.constant('upstream.test')),
  })
  .map(present)
const retry: fc.Arbitrary<RetryPolicy> = fc
  .record({
    attempts: pick(1, 2),
    on: fc.subarray(
      [
        'connect-failure',
        '5xx',
        'gateway-error',
        'reset',
        'reset-before-request',
        'retriable-4xx',
        'unavailable',
        'refused-stream',
      ],
      { minLength: 1 },
    ),
    statusCodes: maybe(pick<readonly number[]>([503], [404])),
    backoffMs: fc.constant(1),
  })
  .map((value) => present(value) as RetryPolicy)
const action: fc.Arbitrary<RouteAction> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        cluster: pick(...CLUSTERS),
        other: fc.boolean(),
        rewrite: maybe(rewrite),
        own: maybe(headers),
        retry: maybe(retry),
        mirror: rarely(fc.constant([{ cluster: 'mirror', percent: 100 }]), 5),
        timeoutMs: maybe(fc.constant(30_000)),
      })
      .map(
        ({ cluster, other, rewrite: change, own, retry: again, mirror, timeoutMs }) =>
          present({
            kind: 'forward' as const,
            clusters: [
              present({ cluster, weight: 1, headers: own, origin }),
              ...(other ? [{ cluster: 'app-1', weight: 0, origin }] : []),
            ],
            rewrite: change,
            retry: again,
            mirrors: mirror,
            timeoutMs,
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

const routeFilters: fc.Arbitrary<readonly Filter[]> = fc
  .record({
    limit: maybe(fc.constant<Filter>({ kind: 'body-limit', config: { bytes: 100 }, origin })),
    // Longer than any run, so that no engine fills the bucket in between.
    rate: rarely(
      fc
        .record({ tokens: pick(1, 2), burst: pick(0, 1), status: pick(429, 503) })
        .map(
          (config): Filter => ({ kind: 'rate-limit', config: { ...config, intervalMs: 3_600_000 }, origin }),
        ),
      8,
    ),
    fault: rarely(
      fc.constant<Filter>({ kind: 'fault', config: { abort: { percent: 100, status: 418 } }, origin }),
      8,
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
  .map(({ limit, rate, fault, cors }) => [limit, rate, fault, cors].flatMap((one) => one ?? []))

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
/** A host without its names. */
export const virtualHost: fc.Arbitrary<Omit<VirtualHost, 'name' | 'domains'>> = fc
  .record({
    routes: fc
      .array(route, { minLength: 1, maxLength: 4 })
      .map((routes) => routes.map((one, index) => ({ ...one, name: `r${index}` }))),
    requireTls: rarely(pick({ status: 301 as const }, { status: 308 as const }), 8),
    fallback: rarely(fallback, 4),
    headers: maybe(headers),
    origin: fc.constant(origin),
  })
  .map((value) => present(value) as Omit<VirtualHost, 'name' | 'domains'>)
