// The value types of ALB annotations (iks.md 0).
import type { Parser } from './entries.ts'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, w: 604_800_000 }
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/** Milliseconds from an integer with `ms`, `s`, `m`, `h` or `w`. */
export const time: Parser<number> = (text) => {
  const match = /^(\d+)(ms|s|m|h|w)$/.exec(text)
  const value = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? 0)
  return match === null || value === 0 ? { expected: 'an integer above 0 with ms, s, m, h or w' } : { value }
}

/** Bytes from an integer, or one with `k` or `m` in any case; 0 is allowed. */
export const size0: Parser<number> = (text) => {
  const match = /^(\d+)([kKmM]?)$/.exec(text)
  if (match === null) return { expected: 'an integer, optionally with k or m' }
  const unit = (match[2] ?? '').toLowerCase()
  return { value: Number(match[1]) * (unit === 'k' ? 1024 : unit === 'm' ? 1_048_576 : 1) }
}

/** As Go's strconv.ParseBool. */
export const bool: Parser<boolean> = (text) => {
  if (TRUE.includes(text)) return { value: true }
  return FALSE.includes(text) ? { value: false } : { expected: 'true or false' }
}

/** An integer from 0. */
export const integer: Parser<number> = (text) =>
  /^\d+$/.test(text) ? { value: Number(text) } : { expected: 'an integer' }

/** Any text that is not empty. */
export const word: Parser<string> = (text) => (text === '' ? { expected: 'a word' } : { value: text })

/** Names joined by commas. */
export const list: Parser<readonly string[]> = (text) => {
  const names = text.split(',').filter((name) => name !== '')
  return names.length === 0 ? { expected: 'names joined by commas' } : { value: names }
}
