import fc from 'fast-check'
import { expect, it } from 'vitest'
import { widget, widgetKind } from '../testing/widget-kind.ts'
import { parseFieldSelector } from './field-selector.ts'

const object = widget('w', { color: 'a,b=c\\d' })

it.each([
  ['metadata.name=w', true],
  ['metadata.name==w,metadata.namespace=default', true],
  ['metadata.name!=w', false],
  ['spec.color=a\\,b\\=c\\\\d', true],
  ['spec.color=', false],
  ['', true],
])('%s is %s', (text, expected) => {
  const parsed = parseFieldSelector(text, widgetKind)
  expect('match' in parsed && parsed.match(object)).toBe(expected)
})

it.each([
  ['spec.size=1', 'field label not supported: spec.size'],
  ['toString=1', 'field label not supported: toString'],
  ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
])('refuses %s', (text, error) => {
  expect(parseFieldSelector(text, widgetKind)).toEqual({ error })
})

it('never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseFieldSelector(text, widgetKind)
    }),
  )
})
