import { describe, expect, it } from 'vitest'
import { predicateText } from '../../ir/policy-text.ts'
import { ruleOf, tokenCondition } from './rule.ts'

const origin = { object: { apiVersion: 'v1', kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p' } }
const callers = (...requestPrincipals: string[]): string =>
  predicateText(ruleOf({ from: [{ source: { requestPrincipals } }] }, origin).principals)

describe('request principals', () => {
  it.each([
    ['*', 'claim iss matches ".+" and claim sub matches ".+"'],
    ['https://a/b/ann', 'claim iss is "https://a/b" and claim sub is "ann"'],
    ['https://a/*', 'claim iss is "https://a" and claim sub matches ".+"'],
    ['https://a/an*', 'claim iss is "https://a" and claim sub starts with "an"'],
    ['*/ann', 'claim iss matches ".+" and claim sub is "ann"'],
    ['*.example/ann', 'claim iss ends with ".example" and claim sub is "ann"'],
    ['*ann', 'claim iss matches ".+" and claim sub ends with "ann"'],
    ['acc*', 'claim iss starts with "acc" and claim sub matches ".+"'],
    // A star within is a star, not a wildcard.
    ['a*/ann', 'claim iss is "a*" and claim sub is "ann"'],
    ['*a/an*', 'claim iss ends with "a" and claim sub is "an*"'],
    ['ann', 'claim iss is "ann" and claim sub is ""'],
  ])('%s', (value, text) => {
    expect(callers(value)).toBe(text)
  })

  it('are any of those named', () => {
    expect(callers('a/b', 'c/d')).toBe(
      '(claim iss is "a" and claim sub is "b") or (claim iss is "c" and claim sub is "d")',
    )
  })
})

describe('conditions on tokens', () => {
  it.each([
    ['request.auth.audiences', 'x', 'claim aud is "x"'],
    ['request.auth.presenter', 'x*', 'claim azp starts with "x"'],
    ['request.auth.claims[a]', '*', 'claim a matches ".+"'],
    ['request.auth.claims[a.b][c]', '*x', 'claim a.b.c ends with "x"'],
  ])('%s', (key, value, text) => {
    expect(predicateText(tokenCondition(key)?.(value) ?? { kind: 'any', of: [] })).toBe(text)
  })

  it.each([
    'request.auth',
    'request.auth.claims',
    'request.auth.claims[]',
    'request.auth.claims[a]x',
    'source.ip',
  ])('knows no %s', (key) => {
    expect(tokenCondition(key)).toBeUndefined()
  })
})
