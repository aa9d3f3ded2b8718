import { describe, expect, it } from 'vitest'
import { matchesLabels, selects } from './selector.ts'

describe('matchesLabels', () => {
  it('wants every pair, and something', () => {
    expect(matchesLabels({ a: '1' }, { a: '1', b: '2' })).toBe(true)
    expect(matchesLabels({ a: '1', b: '3' }, { a: '1', b: '2' })).toBe(false)
    expect(matchesLabels({}, { a: '1' })).toBe(false)
    expect(matchesLabels(undefined, { a: '1' })).toBe(false)
  })
})

describe('selects', () => {
  const labels = { app: 'web', tier: 'front' }
  it.each([
    ['In', ['web', 'api'], true],
    ['In', ['api'], false],
    ['NotIn', ['api'], true],
    ['NotIn', ['web'], false],
    ['Exists', [], true],
    ['DoesNotExist', [], false],
    ['Gt', ['1'], false],
  ])('%s %j', (operator, values, expected) => {
    expect(selects({ matchExpressions: [{ key: 'app', operator, values }] }, labels)).toBe(expected)
  })
  it('takes everything when empty, nothing when absent', () => {
    expect(selects({}, labels)).toBe(true)
    expect(selects(undefined, labels)).toBe(false)
  })
})
