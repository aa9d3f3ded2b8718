// The position of the plain reader in a text, and its way out: what it is not sure of it leaves to the library.
import { plainScalar, UNSURE } from './plain-scalar.ts'

export const SPACE = 32
export const NEWLINE = 10
export const HASH = 35
export const QUOTE = 34
export const APOSTROPHE = 39
export const COLON = 58
export const DASH = 45

/** Leaves the document to the library; says nothing about whether it is good YAML. */
export class NotPlain extends Error {}
const notPlain = new NotPlain('not plain')

/** Ends the attempt. */
export function giveUp(): never {
  throw notPlain
}

const KEY = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-')
  KEY[char.charCodeAt(0)] = 1

export class Cursor {
  readonly text: string
  readonly end: number
  at: number

  constructor(text: string, at: number, end: number) {
    this.text = text
    this.at = at
    this.end = end
  }

  /** The character here; NaN at the end. */
  char(): number {
    return this.at < this.end ? this.text.charCodeAt(this.at) : Number.NaN
  }

  skipSpaces(): void {
    while (this.char() === SPACE) this.at++
  }

  /** The end of the line that the cursor is in. */
  lineEnd(): number {
    const end = this.text.indexOf('\n', this.at)
    return end < 0 || end > this.end ? this.end : end
  }

  /** Where the unquoted key that starts here ends, which is at its colon; -1 when there is none. */
  plainKeyEnd(): number {
    const { text } = this
    let at = this.at
    if (text.charCodeAt(at) === DASH) return -1
    while (KEY[text.charCodeAt(at)] === 1) at++
    if (at === this.at || at >= this.end || text.charCodeAt(at) !== COLON) return -1
    const next = text.charCodeAt(at + 1)
    return at + 1 >= this.end || next === SPACE || next === NEWLINE ? at : -1
  }

  /** A key without quotes up to `end`, which must be a text: `null` and `1` are none. */
  plainKey(end: number): string {
    const key = this.text.slice(this.at, end)
    // YAML 1.2, 7.4.2: a key ends within 1024 characters.
    if (key.length > 1000 || plainScalar(key) !== key) giveUp()
    this.at = end + 1
    return key
  }

  /** A text in quotes that ends in its line. Escapes are those that JSON has too. */
  quoted(): string {
    const { text } = this
    const start = this.at
    const lineEnd = this.lineEnd()
    const double = text.charCodeAt(start) === QUOTE
    let end = start + 1
    let escaped = false
    for (; ; end++) {
      if (end >= lineEnd) giveUp()
      const char = text.charCodeAt(end)
      if (double) {
        if (char === QUOTE) break
        if (char === 92) {
          escaped = true
          end++
        }
      } else if (char === APOSTROPHE) {
        if (text.charCodeAt(end + 1) !== APOSTROPHE) break
        escaped = true
        end++
      }
    }
    this.at = end + 1
    const inner = text.slice(start + 1, end)
    if (!escaped) return inner
    if (!double) return inner.replaceAll("''", "'")
    try {
      return JSON.parse(text.slice(start, end + 1))
    } catch {
      return giveUp()
    }
  }

  /** What a scalar without quotes means. */
  resolve(text: string): unknown {
    const value = plainScalar(text)
    return value === UNSURE ? giveUp() : value
  }
}
