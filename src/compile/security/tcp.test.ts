import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy, Predicate } from '../../ir/policy.ts'
import { predicateText } from '../../ir/policy-text.ts'
import { ruleOf } from './rule.ts'
import { tcpPolicies } from './tcp.ts'

const origin = { object: { apiVersion: 'v1', kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p' } }
const policy = (action: Policy['action'], ...rules: Parameters<typeof ruleOf>[0][]): Policy => ({
  name: 'p',
  action,
  rules: rules.map((rule) => ruleOf(rule, origin)),
  origin,
})
const texts = (made: Policy | undefined): readonly string[] =>
  (made?.rules ?? []).map((rule) => `${predicateText(rule.principals)} / ${predicateText(rule.permissions)}`)

describe('policies on byte streams', () => {
  it('drops ALLOW rules with HTTP conditions, keeps the others', () => {
    const [made] = tcpPolicies([
      policy(
        'allow',
        { to: [{ operation: { methods: ['GET'] } }] },
        { to: [{ operation: { ports: ['80'] } }] },
      ),
    ])
    expect(texts(made)).toEqual(['anything / port is 80'])
  })

  it('widens DENY rules by their HTTP conditions', () => {
    const [made] = tcpPolicies([
      policy(
        'deny',
        {
          from: [{ source: { namespaces: ['bad'] } }],
          to: [{ operation: { methods: ['GET'], ports: ['80'] } }],
        },
        { to: [{ operation: { notPaths: ['/a'] } }] },
        {
          when: [
            { key: 'request.headers[x]', values: ['y'] },
            { key: 'source.ip', values: ['10.0.0.0/8'] },
          ],
        },
      ),
    ])
    expect(texts(made)).toEqual([
      'namespace is "bad" / port is 80 and anything',
      'anything / anything',
      'anything and source.ip is in 10.0.0.0/8 / anything',
    ])
  })

  it('never denies less and never allows more than without the HTTP conditions', () => {
    const leaf: fc.Arbitrary<Predicate> = fc.oneof(
      fc.constantFrom<Predicate>(
        { kind: 'match', attribute: { of: 'method' }, match: { kind: 'exact', value: 'GET' } },
        { kind: 'match', attribute: { of: 'namespace' }, match: { kind: 'exact', value: 'a' } },
        { kind: 'port', value: 80 },
        { kind: 'path-template', value: '/{*}' },
      ),
    )
    const values = (of: fc.Arbitrary<Predicate>) => fc.array(of, { minLength: 1, maxLength: 2 })
    /** As rules are made: any of a field's values, all fields, any block. */
    const field = fc.oneof(
      leaf,
      values(leaf).map(
        (of): Predicate => ({ kind: 'any', of: of.filter((one) => one.kind === of[0]?.kind) }),
      ),
    )
    const maybeNot = field.chain((one) => fc.constantFrom<Predicate>(one, { kind: 'not', of: one }))
    const block = values(maybeNot).map((of): Predicate => ({ kind: 'all', of }))
    const tree = values(block).map((of): Predicate => ({ kind: 'any', of }))
    const holds = (one: Predicate, http: boolean, rest: boolean): boolean => {
      if (one.kind === 'all') return one.of.every((inner) => holds(inner, http, rest))
      if (one.kind === 'any') return one.of.some((inner) => holds(inner, http, rest))
      if (one.kind === 'not') return !holds(one.of, http, rest)
      return one.kind === 'path-template' || (one.kind === 'match' && one.attribute.of === 'method')
        ? http
        : rest
    }
    const always: Predicate = { kind: 'all', of: [] }
    fc.assert(
      fc.property(tree, fc.boolean(), fc.boolean(), (permissions, http, rest) => {
        const make = (action: Policy['action']) =>
          tcpPolicies([
            { name: 'p', action, rules: [{ principals: always, permissions, origin }], origin },
          ])[0]
        const matched = (made: Policy | undefined): boolean =>
          (made?.rules ?? []).some((rule) => holds(rule.permissions, http, rest))
        if (holds(permissions, http, rest)) expect(matched(make('deny'))).toBe(true)
        if (matched(make('allow'))) expect(holds(permissions, http, rest)).toBe(true)
      }),
    )
  })
})
