// Both parsers agree on every text that the fast one reads.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readByEvents } from './by-events.ts'
import { readByTree } from './by-tree.ts'
import { readDocuments } from './read-documents.ts'

const KEYS = ['kind', 'a', 'b.c/d', 'x-y', 'null', '1', 'a b', 'tls.crt', '~', 'true']
const TEXTS = [
  'a',
  'a b',
  'a: b',
  'a #b',
  '#',
  'true',
  'no',
  '~',
  '1',
  '-1',
  '0x1',
  '1e3',
  '1.50',
  '007',
  '.5',
  '*',
  '-',
  '- a',
  '--x',
  'x:',
  ':x',
  'http://h:80/p?q=[a]',
  '{}',
  '[x',
  'é',
  '',
  ' ',
  ' a ',
  "it's",
  'say "x"',
  'back\\slash',
  'one\ntwo',
  'one\ntwo\n',
  '\n',
  'one\n\n  two\n\n',
  ' one\n two',
  '\ta',
  'a\tb\nc',
  'null',
  '2026-11-29',
  '1:30',
  '0',
  '-0',
  '+1',
  '1_000',
  '@x',
  '`',
  '%',
  '!',
  '&a',
  '?',
  '|',
  '>',
  '\u2028',
  '\u0001',
  '𝄞',
]

const leaf = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const { tree } = fc.letrec((again) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.dictionary(fc.constantFrom(...KEYS), again('tree'), { maxKeys: 4 }),
    fc.array(again('tree'), { maxLength: 3 }),
  ),
}))

const written = fc
  .record({
    value: tree,
    flow: fc.constantFrom('any' as const, 'any' as const, 'flow' as const),
    quotes: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
    indent: fc.integer({ min: 1, max: 4 }),
    indentSeq: fc.boolean(),
    lineWidth: fc.constantFrom(0, 20),
    json: fc.constantFrom(false, false, false, true),
  })
  .map(({ value, flow, quotes, json, ...layout }) =>
    json
      ? JSON.stringify(value, null, layout.indent)
      : stringify(value, {
          ...layout,
          collectionStyle: flow,
          defaultStringType: quotes,
          defaultKeyType: 'PLAIN',
        }),
  )

const PIECES = [
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\n  \n',
  '#',
  ' # x',
  '\n# x\n',
  '\n  # x\n',
  ':',
  ': ',
  '-',
  '- ',
  '---',
  '\n---\n',
  '\n--- # x\n',
  '\n...\n',
  "'",
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '|',
  '|\n',
  '|-\n',
  '>',
  '&a ',
  '*a',
  '!!str ',
  '%',
  '\t',
  '\n%YAML 1.2\n',
  'a: 1\n',
  '? ',
  '\r\n',
  '0',
  'null',
  '\ufeff',
]
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.integer({ min: 0, max: 4 }),
  piece: fc.constantFrom('', ...PIECES),
})
const edited = (text: string, edits: readonly { at: number; removed: number; piece: string }[]): string =>
  edits.reduce((before, { at, removed, piece }) => {
    const index = Math.floor(at * before.length)
    return before.slice(0, index) + piece + before.slice(index + removed)
  }, text)
const texts = fc
  .tuple(fc.array(written, { minLength: 1, maxLength: 3 }), fc.array(edit, { maxLength: 3 }))
  .map(([documents, edits]) => edited(documents.join('---\n'), edits))

describe('readByEvents', () => {
  it('gives the values and places of the syntax tree, or nothing', () => {
    let known = 0
    fc.assert(
      fc.property(fc.tuple(written, fc.array(edit, { maxLength: 2 })), ([text, edits]) => {
        const all = edited(text, edits)
        if (/^---|[\r\ufeff]|^%|^ *\t/m.test(all)) return
        const found = readByEvents(all, 0)
        if (found === undefined) return
        known += 1
        const documents = readByTree(all, 0)
        if (found === 'empty')
          expect(documents.filter((one) => !('value' in one) || one.value !== null)).toEqual([])
        else expect([{ value: found.value, place: found.place }]).toEqual(documents)
      }),
      { numRuns: Number(process.env['YAML_RUNS'] ?? 1000) },
    )
    expect(known).toBeGreaterThan(100)
  })
})

describe('readDocuments', () => {
  it('gives what the syntax tree of the whole text gives', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const whole = readByTree(text, 0)
        const read = readDocuments(text)
        // A `---` line ends a document, also one with a quote that is not closed; the syntax tree forgives some of those.
        if ([...whole, ...read].some((one) => 'problem' in one)) return
        const some = (all: ReturnType<typeof readDocuments>) =>
          all.filter((one) => !('value' in one) || one.value !== null)
        expect(some(read)).toEqual(some(whole))
      }),
      { numRuns: Number(process.env['YAML_RUNS'] ?? 1000) },
    )
  })
})

describe('a broken document', () => {
  it('does not touch the others, also with a quote that never ends', () => {
    const text = 'a: 1\n---\nb: "x\n---\nc: 3\n---\nd: [\n--- # of the next\ne: 5\n'
    expect(readDocuments(text).map((one) => ('problem' in one ? one.at : one.value))).toEqual([
      { a: 1 },
      expect.any(Number),
      { c: 3 },
      expect.any(Number),
      { e: 5 },
    ])
  })
})

describe('manifests', () => {
  it('are read by events as a rule', () => {
    const samples = fileURLToPath(new URL('../../../../samples/', import.meta.url))
    const texts = readdirSync(samples, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => readFileSync(join(samples, name), 'utf8').split(/^---\n/m))
    expect(texts.filter((text) => readByEvents(text, 0) === undefined)).toEqual([])
    expect(texts.length).toBeGreaterThan(3)
  })
})
