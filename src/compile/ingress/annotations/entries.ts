// The generic grammar of ALB annotations (iks.md 0): entries joined by `;`, each of space-separated `key=value`; an entry without `=` is the oldest form.
import type { AnnotationFault } from '../settings.ts'

/** From text to a value, or what was expected instead. */
export type Parser<T> = (text: string) => { readonly value: T } | { readonly expected: string }

type Keys = Readonly<Record<string, Parser<unknown>>>
type Values<K extends Keys> = { readonly [P in keyof K]: K[P] extends Parser<infer T> ? T : never }

export interface Grammar<M extends Keys, O extends Keys> {
  readonly mandatory: M
  readonly optional: O
  /** The mandatory key that an entry without `=` gives. */
  readonly keyless?: keyof M & string
}

export type Entry<M extends Keys, O extends Keys> = Values<M> & Partial<Values<O>>

export interface Entries<M extends Keys, O extends Keys> {
  /** None when anything is wrong: the whole annotation is dropped. */
  readonly entries: readonly Entry<M, O>[]
  readonly faults: readonly AnnotationFault[]
}

const FORMAT_ERROR = 'annotation format error :'

function split(text: string): readonly string[] {
  return text
    .replaceAll(/;?\r?\n/g, ';')
    .split(';')
    .map((entry) => entry.trim().replaceAll(/\s*([=,])\s*/g, '$1'))
    .filter((entry) => entry !== '')
}

function pairsOf(entry: string, keyless: string | undefined): ReadonlyMap<string, string> {
  if (!entry.includes('=') && keyless !== undefined) return new Map([[keyless, entry]])
  return new Map(
    entry.split(/\s+/).map((token) => {
      const equals = token.indexOf('=')
      return equals < 0 ? [token, ''] : [token.slice(0, equals), token.slice(equals + 1)]
    }),
  )
}

/** Reads every entry by the grammar; one that does not follow it drops them all. */
export function readEntries<M extends Keys, O extends Keys>(
  text: string,
  grammar: Grammar<M, O>,
): Entries<M, O> {
  const { mandatory, optional, keyless } = grammar
  const problems: string[] = []
  const entries = split(text).map((entry) => {
    const pairs = pairsOf(entry, keyless)
    const unknown = [...pairs.keys()].filter((key) => !(key in mandatory) && !(key in optional))
    if (unknown.length > 0) {
      problems.push(
        `${FORMAT_ERROR} Invalid Keys Provided in the annotation entry: ${unknown.join(', ')} in "${entry}".`,
      )
    }
    const values: Record<string, unknown> = {}
    const read = (key: string, parser: Parser<unknown>, sort: 'mandatory' | 'optional'): void => {
      const raw = pairs.get(key)
      if (raw === undefined && sort === 'optional') return
      const outcome = raw === undefined ? { expected: 'a value' } : parser(raw)
      if ('value' in outcome) values[key] = outcome.value
      else {
        const found = raw === undefined ? 'nothing' : `"${raw}"`
        problems.push(
          `${FORMAT_ERROR} One of the ${sort} fields not valid/missing: ${key} must be ${outcome.expected}, found ${found} in "${entry}".`,
        )
      }
    }
    for (const [key, parser] of Object.entries(mandatory)) read(key, parser, 'mandatory')
    for (const [key, parser] of Object.entries(optional)) read(key, parser, 'optional')
    return values as Entry<M, O>
  })
  if (entries.length === 0) problems.push(`${FORMAT_ERROR} the value is empty.`)
  return problems.length === 0
    ? { entries, faults: [] }
    : { entries: [], faults: problems.map((message) => ({ message })) }
}
