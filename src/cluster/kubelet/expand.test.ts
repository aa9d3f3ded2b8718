import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expand } from './expand.ts'

describe('expand', () => {
  it.each([
    ['http://$(HOST):$(PORT)/', 'http://web:80/'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(HOST)', '$(HOST)'],
    ['$HOST', '$HOST'],
    ['$(HOST', '$(HOST'],
  ])('%s', (text, expected) => {
    expect(expand(text, { HOST: 'web', PORT: '80' })).toBe(expected)
  })
  it('changes nothing without a dollar', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '')
        expect(expand(plain, { a: 'b' })).toBe(plain)
      }),
    )
  })
})
