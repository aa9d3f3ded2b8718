// Random conditions: strings, headers, paths, and the predicates and policies of AuthorizationPolicy.
import fc from 'fast-check'
import type { Filter } from '../../../src/ir/filter.ts'
import type { HeaderMatch, PathMatch, StringMatch } from '../../../src/ir/match.ts'
import type { Predicate } from '../../../src/ir/policy.ts'
import { maybe, origin, pick, present } from './draw.ts'

/** Values of drawn headers. */
export const text = pick('1', 'ab', 'a', 'B', '')
export const stringMatch: fc.Arbitrary<StringMatch> = fc.oneof(
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
export const headerMatch: fc.Arbitrary<HeaderMatch> = fc
  .record({ name: pick('x-a', 'x-b'), match: stringMatch, invert: maybe(fc.constant(true as const)) })
  .map((value) => present(value) as HeaderMatch)
export const path: fc.Arbitrary<PathMatch> = fc.oneof(
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
/** A policy filter. */
export const rbac: fc.Arbitrary<Filter> = fc
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
