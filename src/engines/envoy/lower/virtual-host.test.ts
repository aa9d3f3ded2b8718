import { describe, expect, it } from 'vitest'
import { forward, route, virtualHost } from '../../../../test/engine/testing/model.ts'
import type { Filter } from '../../../ir/filter.ts'
import { istioRetry } from '../../../ir/profiles.ts'
import type { RetryPolicy, Route, VirtualHost } from '../../../ir/route.ts'
import { lowerVirtualHost } from './virtual-host.ts'

const retrying = (name: string, retry?: RetryPolicy): Route =>
  route(forward('app', retry ? { retry } : {}), { name })
const filtered = (name: string, ...filters: readonly Filter[]): Route =>
  route(forward('app'), { name, filters })
const limit = (bytes: number, field = ''): Filter => ({
  kind: 'body-limit',
  config: { bytes },
  origin: { field },
})
const rate: Filter = {
  kind: 'rate-limit',
  config: { tokens: 1, intervalMs: 1000, burst: 1, status: 429 },
  origin: {},
}
const cors = (maxAgeSeconds: number): Filter => ({
  kind: 'cors',
  config: {
    allowOrigins: [],
    allowMethods: [],
    allowHeaders: [],
    exposeHeaders: [],
    allowCredentials: false,
    unmatchedPreflights: 'forward',
    maxAgeSeconds,
  },
  origin: {},
})

interface Lowered {
  readonly retry_policy?: unknown
  readonly typed_per_filter_config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly name: string
}
const lower = (routes: readonly Route[], rest: Partial<VirtualHost> = {}, filtersOfAll = '') => {
  const style = { profile: 'istio', decorated: false, filtersOfAll } as const
  const message = lowerVirtualHost(virtualHost(['h'], routes, rest), new Map(), style)
  return message as unknown as Lowered & {
    readonly routes: readonly (Lowered & { readonly route?: { readonly retry_policy?: unknown } })[]
  }
}
const retriesOf = (routes: readonly Route[]) =>
  lower(routes).routes.map((one) => one.route?.retry_policy ?? 'as the host')
const filtersOf = (one: Lowered): readonly string[] =>
  Object.entries(one.typed_per_filter_config ?? {}).map(
    ([name, { disabled }]) => `${name.split('.').at(-1)}${disabled === true ? ' off' : ''}`,
  )

describe('a host says once', () => {
  it('how most of its routes retry; another policy, and none at all, stand at the route', () => {
    const same: RetryPolicy = { ...istioRetry }
    const routes = [
      retrying('a', istioRetry),
      retrying('b', same),
      retrying('c', { ...same, attempts: 7 }),
      retrying('d', istioRetry),
      retrying('e'),
    ]
    expect(lower(routes).retry_policy).toMatchObject({ num_retries: istioRetry.attempts })
    expect(retriesOf(routes)).toEqual([
      'as the host',
      'as the host',
      expect.objectContaining({ num_retries: 7 }),
      'as the host',
      {},
    ])
  })

  it('nothing where no policy prevails', () => {
    const routes = [retrying('a', istioRetry), retrying('b'), retrying('c')]
    expect(lower(routes).retry_policy).toBeUndefined()
    expect(retriesOf(routes)).toEqual([
      expect.objectContaining({ num_retries: istioRetry.attempts }),
      'as the host',
      'as the host',
    ])
  })

  it('which filters its routes have; those that have them not, and answers of its own, turn them off', () => {
    const host = lower([filtered('a', limit(1)), filtered('b', limit(1, 'elsewhere')), filtered('c')], {
      fallback: { kind: 'direct-response', status: 404 },
      requireTls: { status: 301 },
    })
    expect(filtersOf(host)).toEqual(['buffer'])
    expect(host.routes.map((one) => [one.name, ...filtersOf(one)])).toEqual([
      ['require-tls', 'buffer off'],
      ['a'],
      ['b'],
      ['c', 'buffer off'],
      ['fallback', 'buffer off'],
    ])
  })

  it.each([
    ['buckets, which belong to a route', [filtered('a', rate), filtered('b', rate)], ''],
    ['settings that differ', [filtered('a', cors(1)), filtered('b', cors(1)), filtered('c', cors(2))], ''],
    [
      'what works on every route anyway',
      [filtered('a', limit(1)), filtered('b', limit(1))],
      'jwt body-limit',
    ],
  ])('but not %s', (_, routes, ofAll) => {
    const host = lower(routes, {}, ofAll)
    expect(host.typed_per_filter_config).toBeUndefined()
    expect(host.routes.map((one) => filtersOf(one).length)).toEqual(routes.map(() => 1))
  })
})
