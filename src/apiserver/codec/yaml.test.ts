import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseYaml, YamlError } from './yaml.ts'

const value = (text: string) => parseYaml(text).value

describe('parseYaml', () => {
  it.each([
    ['yes', true],
    ['No', false],
    ['on', true],
    ['OFF', false],
    ['y', true],
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1:30', '1:30'],
    ['2026-11-22', '2026-11-22'],
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z'],
    ['!!binary aGk=', 'hi'],
    ['~', null],
    ['1.5', 1.5],
    ['"yes"', 'yes'],
    ['1.2.3', '1.2.3'],
    ['12e', '12e'],
  ])('reads the scalar %s as kubectl does', (text, expected) => {
    expect(value(`a: ${text}`)).toEqual({ a: expected })
  })

  it('makes keys strings, merges anchors, takes the first document', () => {
    expect(value('on: 1\n1: 2')).toEqual({ true: 1, 1: 2 })
    expect(value('base: &b {x: 1}\nuse:\n  <<: *b\n  z: 2')).toEqual({ base: { x: 1 }, use: { x: 1, z: 2 } })
    expect(value('---\na: 1\n---\nb: 2')).toEqual({ a: 1 })
    expect(value('')).toBeNull()
  })

  it('finds duplicate keys', () => {
    expect(parseYaml('a:\n- b: 1\n  b: 2\na: 3').duplicates).toEqual(['a[0].b', 'a'])
  })

  it('refuses bombs, broken text and what JSON cannot say with YamlError', () => {
    const bomb = [
      'a0: &a0 [x,x,x,x,x,x,x,x,x]',
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => `a${n}: &a${n} [${Array(9).fill(`*a${n - 1}`)}]`),
    ]
    for (const text of [
      bomb.join('\n'),
      'a: [',
      'a: .nan',
      '\ta: 1',
      'a: *nowhere',
      '['.repeat(30_000),
      '? [a]\n: b: c',
    ]) {
      expect(() => parseYaml(text), text.slice(0, 30)).toThrow(YamlError)
    }
  })

  it('reads back what is written from JSON, and never throws anything but YamlError', () => {
    void fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        // The writer leaves this key without quotes: what it wrote is a merge.
        fc.pre(!JSON.stringify(json).includes('"<<"'))
        const plain = JSON.parse(JSON.stringify(json))
        expect(
          value(
            stringify(plain, {
              version: '1.1',
              defaultStringType: 'QUOTE_DOUBLE',
              defaultKeyType: 'QUOTE_DOUBLE',
            }),
          ),
        ).toEqual(plain)
      }),
    )
    void fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abc:-&*!|>[]{},#"\'\n \t?0123') }), (text) => {
        try {
          parseYaml(text)
        } catch (error) {
          expect(error).toBeInstanceOf(YamlError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
