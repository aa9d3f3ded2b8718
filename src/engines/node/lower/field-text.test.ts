import { describe, expect, test } from 'vitest'
import { fieldText, isRulable } from './field-text.ts'

describe('text of a field', () => {
  test.each([
    ['plain', 'plain'],
    ['a\tb \xe9', 'a\tb \xe9'],
    ['a\r\nx: y', 'ax: y'],
    ['a\0b\x7f', 'ab'],
    // Cut to bytes these would be CR and LF.
    ['a\u010d\u010ab', 'ab'],
  ])('%j', (given, text) => {
    expect(fieldText(given)).toBe(text)
    expect(fieldText(given)).toBe(text)
  })

  test('lengths and what is no name are for no rule', () => {
    expect(
      ['x-a', 'host', 'content-length', 'transfer-encoding', 'x a', 'x:', 'x\r\ny', ''].map(isRulable),
    ).toEqual([true, true, false, false, false, false, false, false])
  })
})
