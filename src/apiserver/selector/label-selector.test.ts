import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseLabelSelector } from './label-selector.ts'

const matches = (text: string, labels: Record<string, string>): boolean => {
  const parsed = parseLabelSelector(text)
  if ('error' in parsed) throw new Error(parsed.error)
  return parsed.match(labels)
}

it.each([
  ['', {}, true],
  ['a', { a: '' }, true],
  ['a', {}, false],
  ['!a', {}, true],
  [' ! a ', { a: 'x' }, false],
  ['a=b', { a: 'b' }, true],
  ['a==b', { a: 'c' }, false],
  ['a=', { a: '' }, true],
  ['a!=b', {}, true],
  ['a!=b', { a: 'b' }, false],
  ['a in (b, c)', { a: 'c' }, true],
  ['a in (b,c)', {}, false],
  ['a notin (b,c)', {}, true],
  ['a notin (b)', { a: 'b' }, false],
  ['a in ()', { a: '' }, true],
  ['a>1', { a: '2' }, true],
  ['a<1', { a: '2' }, false],
  ['a<1', { a: 'x' }, false],
  ['x.io/a in (b),!c , d!=e', { 'x.io/a': 'b' }, true],
  ['in in (in)', { in: 'in' }, true],
])('%s on %j is %s', (text, labels, expected) => {
  expect(matches(text, labels)).toBe(expected)
})

it.each(['a=b=c', ',', 'a,', 'a in b', 'a in (b', 'a near (b)', '-a', 'a=b c', 'a=-', 'a>b', '!'])(
  'refuses %s',
  (text) => {
    expect(parseLabelSelector(text)).toHaveProperty('error')
  },
)

it('never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab!=,()<> in') }), (text) => {
      parseLabelSelector(text)
    }),
  )
})
