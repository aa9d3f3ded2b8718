import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonSyntaxError, parseJson } from './json.ts'

describe('parseJson', () => {
  it('reads what JSON.parse reads, to the same value', () => {
    void fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent)
        expect(parseJson(spaced)).toEqual({ value: JSON.parse(spaced), duplicates: [] })
      }),
    )
  })

  it('refuses what JSON.parse refuses, with JsonSyntaxError', () => {
    const accepted = (read: () => unknown, only?: new () => Error): boolean => {
      try {
        read()
        return true
      } catch (error) {
        if (only) expect(error).toBeInstanceOf(only)
        return false
      }
    }
    const finite = (_: string, value: unknown): unknown => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(String(value))
      return value
    }
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u12',
      '"',
      '1',
      '-',
      '.5',
      '1e9',
      'true',
      'nul',
      ' ',
      '\n',
      '\u0001',
    )
    void fc.assert(
      fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
        const text = tokens.join('')
        // A number beyond a float64 is refused (as in Go), where JSON.parse makes it infinite.
        expect(accepted(() => parseJson(text), JsonSyntaxError)).toBe(
          accepted(() => JSON.parse(text, finite)),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('finds duplicate keys by path and keeps the last value', () => {
    expect(parseJson('{"a":{"b":[{"c":1,"c":2}],"b2":1},"a":3}')).toEqual({
      value: { a: 3 },
      duplicates: ['a.b[0].c', 'a'],
    })
  })

  it('takes __proto__ as a key like any other', () => {
    const { value } = parseJson('{"__proto__":{"x":1}}')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect((value as { x?: number }).x).toBeUndefined()
  })

  it.each([
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['tru', "invalid character 't' looking for beginning of value"],
    ['[', 'unexpected end of JSON input'],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['1e999', 'cannot unmarshal number 1e999 into a float64'],
    ['['.repeat(20_000), 'exceeded max depth'],
  ])('words its errors: %s', (text, message) => {
    expect(() => parseJson(text)).toThrow(message)
  })
})
