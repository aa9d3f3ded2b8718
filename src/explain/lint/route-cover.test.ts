// A cover that is claimed holds for every request: checked against the reference matcher.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PathMatch, RouteMatch } from '../../ir/match.ts'
import type { Route } from '../../ir/route.ts'
import { HeaderLines } from '../header-lines.ts'
import { routeMismatch } from '../match.ts'
import { routeCovers } from './route-cover.ts'
import { shadowedRoutes } from './shadowed-routes.ts'

const text = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/A', '/a/b/c')
const path: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.constant<PathMatch>({ kind: 'any' }),
  fc.record({
    kind: fc.constantFrom('exact' as const, 'prefix' as const),
    value: text,
    ignoreCase: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('segment-prefix' as const), value: text }),
  fc.record({ kind: fc.constant('regex' as const), value: fc.constantFrom('/a.*', '/a/b') }),
)
const string = fc.record({
  kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const),
  value: fc.constantFrom('GET', 'G', 'T', 'get'),
  ignoreCase: fc.boolean(),
})
const header = fc.record(
  {
    name: fc.constantFrom('x', 'y'),
    match: fc.oneof(string, fc.constant({ kind: 'present' as const })),
    invert: fc.boolean(),
    missingAsEmpty: fc.boolean(),
  },
  { requiredKeys: ['name', 'match'] },
)
const claim = fc.record(
  {
    path: fc.constantFrom(['a'], ['b', 'c']),
    match: fc.oneof(string, fc.constant({ kind: 'present' as const })),
    invert: fc.boolean(),
  },
  { requiredKeys: ['path', 'match'] },
)
const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    path,
    method: string,
    headers: fc.array(header, { maxLength: 2 }),
    claims: fc.array(claim, { maxLength: 2 }),
  },
  { requiredKeys: ['path'] },
)
const request = fc.record({
  method: fc.constantFrom('GET', 'G', 'PUT', 'get'),
  scheme: fc.constant('http'),
  authority: fc.constant('a.example'),
  target: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/A', '/A/B', '/abc', '/a/b/c'),
  headers: fc
    .array(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('GET', 'G', '')), { maxLength: 3 })
    .map((lines) => new HeaderLines(lines)),
  claims: fc.constantFrom({}, { a: 'GET' }, { a: ['G', 'x'], b: { c: 'T' } }, { a: 5 }),
})

const route = (name: string, made: RouteMatch): Route => ({
  name,
  match: made,
  action: { kind: 'direct-response', status: 200 },
  origin: {},
})

describe('routeCovers', () => {
  it('knows that a prefix with a slash at its end does not take the path without', () => {
    const prefix = (value: string): RouteMatch => ({ path: { kind: 'segment-prefix', value } })
    expect(routeCovers(prefix('/a/'), prefix('/a'))).toBe(false)
    expect(routeCovers(prefix('/a'), prefix('/a/'))).toBe(true)
  })

  it('is never wrong when it says yes', () => {
    fc.assert(
      fc.property(
        match,
        match,
        fc.array(request, { minLength: 5, maxLength: 20 }),
        (wide, narrow, requests) => {
          if (!routeCovers(wide, narrow)) return
          for (const one of requests) {
            if (routeMismatch(narrow, one) === undefined) expect(routeMismatch(wide, one)).toBeUndefined()
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

  it.each<[PathMatch, PathMatch, boolean]>([
    [{ kind: 'prefix', value: '/a' }, { kind: 'exact', value: '/ab' }, true],
    [{ kind: 'segment-prefix', value: '/a' }, { kind: 'exact', value: '/ab' }, false],
    [{ kind: 'segment-prefix', value: '/a' }, { kind: 'segment-prefix', value: '/a/b' }, true],
    [{ kind: 'prefix', value: '/a/' }, { kind: 'segment-prefix', value: '/a' }, false],
    [{ kind: 'prefix', value: '/' }, { kind: 'any' }, true],
    [{ kind: 'exact', value: '/a' }, { kind: 'prefix', value: '/a' }, false],
  ])('%j over %j: %s', (wide, narrow, expected) => {
    expect(routeCovers({ path: wide }, { path: narrow })).toBe(expected)
  })
})

describe('shadowedRoutes', () => {
  it('finds what comparing every pair finds', () => {
    fc.assert(
      fc.property(fc.array(match, { maxLength: 12 }), (matches) => {
        const routes = matches.map((one, index) => route(String(index), one))
        const found = new Set(shadowedRoutes(routes).map((one) => one.route.name))
        const kept: Route[] = []
        for (const one of routes) {
          const covered = kept.some((earlier) => routeCovers(earlier.match, one.match))
          if (!covered) kept.push(one)
          expect([one.name, found.has(one.name)]).toEqual([one.name, covered])
        }
      }),
      { numRuns: 2000 },
    )
  })
})
