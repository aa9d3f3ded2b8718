// Maps and lists in lines, as manifests are written: one half of the plain reader.
import { Builder, type Found } from './builders.ts'
import { APOSTROPHE, COLON, Cursor, DASH, giveUp, HASH, NEWLINE, QUOTE, SPACE } from './cursor.ts'
import { BRACE, BRACKET, flow } from './flow-reader.ts'

const BAR = 124
const TAB = 9
/** What starts something else than a scalar without quotes. */
const INDICATORS = new Set([...'?:,]}#&*!>%@`|{["\''].map((char) => char.charCodeAt(0)))

/** Reads one document. Between two values the cursor stands at the first character of a line with content, and `indent` is its column. */
export class BlockReader {
  readonly #cursor: Cursor
  readonly #builder = new Builder()
  /** -1 at the end. */
  #indent = -1

  constructor(text: string, start: number, end: number) {
    this.#cursor = new Cursor(text, start, end)
  }

  /** The value of the whole document; undefined when there is nothing in it. */
  document(): Found | undefined {
    this.#toContent()
    if (this.#indent < 0) return undefined
    const found = this.#root()
    return this.#indent < 0 ? found : giveUp()
  }

  #root(): Found {
    const char = this.#cursor.char()
    if (char !== BRACE && char !== BRACKET) return this.#block()
    const found = flow(this.#cursor, this.#builder, true)
    this.#nextContent()
    return found
  }

  /** Goes on from the start of a line to the next one with content. */
  #toContent(): void {
    const cursor = this.#cursor
    for (; cursor.at < cursor.end; cursor.at = cursor.lineEnd() + 1) {
      const start = cursor.at
      cursor.skipSpaces()
      const char = cursor.char()
      if (cursor.at < cursor.end && char !== NEWLINE && char !== HASH) {
        this.#indent = cursor.at - start
        return
      }
    }
    this.#indent = -1
  }

  /** Nothing but a comment may follow in this line. */
  #endLine(): void {
    const cursor = this.#cursor
    const start = cursor.at
    cursor.skipSpaces()
    const end = cursor.lineEnd()
    if (cursor.at < end && (cursor.char() !== HASH || cursor.at === start)) giveUp()
    cursor.at = end + 1
  }

  #nextContent(): void {
    this.#endLine()
    this.#toContent()
  }

  #block(): Found {
    return this.#atDash() ? this.#list(this.#indent) : this.#map(this.#indent)
  }

  #atDash(): boolean {
    const { text, at, end } = this.#cursor
    if (text.charCodeAt(at) !== DASH) return false
    const next = text.charCodeAt(at + 1)
    return at + 1 >= end || next === SPACE || next === NEWLINE
  }

  #map(indent: number): Found {
    const cursor = this.#cursor
    const builder = this.#builder
    const map = builder.openMap(cursor.at)
    do {
      const start = cursor.at
      const key = this.#key()
      builder.addEntry(map, key, start, this.#entry(indent))
    } while (this.#indent === indent)
    if (this.#indent > indent) giveUp()
    return builder.closeMap(map)
  }

  #key(): string {
    const cursor = this.#cursor
    const char = cursor.char()
    if (char !== QUOTE && char !== APOSTROPHE) {
      const end = cursor.plainKeyEnd()
      return end < 0 ? giveUp() : cursor.plainKey(end)
    }
    const start = cursor.at
    const key = cursor.quoted()
    const next = cursor.text.charCodeAt(cursor.at + 1)
    const ends = cursor.at + 1 >= cursor.end || next === SPACE || next === NEWLINE
    if (cursor.char() !== COLON || !ends || cursor.at - start > 1000) giveUp()
    cursor.at++
    return key
  }

  /** What follows the colon of a key in a map at `indent`. */
  #entry(indent: number): Found {
    const cursor = this.#cursor
    const start = cursor.at
    cursor.skipSpaces()
    const char = cursor.char()
    const nothing = cursor.at >= cursor.lineEnd() || (char === HASH && cursor.at > start)
    if (!nothing) return this.#inLine(indent)
    this.#nextContent()
    if (this.#indent > indent) return this.#block()
    // A list may stand in the column of its key (YAML 1.2, 8.2.1).
    if (this.#indent === indent && this.#atDash()) return this.#list(indent)
    return { value: null }
  }

  #list(indent: number): Found {
    const cursor = this.#cursor
    const builder = this.#builder
    const list = builder.openList(cursor.at)
    do {
      const dash = cursor.at
      cursor.at++
      cursor.skipSpaces()
      const start = cursor.at
      if (start >= cursor.lineEnd() || cursor.char() === HASH || this.#atDash()) giveUp()
      if (cursor.plainKeyEnd() >= 0) {
        this.#indent = indent + start - dash
        builder.addItem(start, this.#map(this.#indent))
      } else builder.addItem(start, this.#inLine(indent))
    } while (this.#indent === indent && this.#atDash())
    if (this.#indent > indent) giveUp()
    return builder.closeList(list)
  }

  /** A value that starts in the line where its key, or dash, is. */
  #inLine(indent: number): Found {
    const cursor = this.#cursor
    const char = cursor.char()
    if (char === BAR) return { value: this.#literal(indent) }
    if (char === BRACE || char === BRACKET) {
      const found = flow(cursor, this.#builder, false)
      this.#nextContent()
      return found
    }
    const value = char === QUOTE || char === APOSTROPHE ? cursor.quoted() : cursor.resolve(this.#plain())
    this.#nextContent()
    return { value }
  }

  /** A scalar without quotes, to the end of its line or a comment. That it does not go on in the next line shows by the next line's column. */
  #plain(): string {
    const cursor = this.#cursor
    const { text, at } = cursor
    if (INDICATORS.has(text.charCodeAt(at)) || this.#atDash()) giveUp()
    const lineEnd = cursor.lineEnd()
    let end = lineEnd
    for (let i = at; i < lineEnd; i++) {
      const char = text.charCodeAt(i)
      if (char === HASH && text.charCodeAt(i - 1) === SPACE) {
        end = i
        break
      }
      if (char === TAB || (char === COLON && (i + 1 >= lineEnd || text.charCodeAt(i + 1) === SPACE))) giveUp()
    }
    while (text.charCodeAt(end - 1) === SPACE) end--
    cursor.at = end
    return text.slice(at, end)
  }

  /** A literal (YAML 1.2, 8.1.2) with `|` or `|-`, in a collection at `indent`. */
  #literal(indent: number): string {
    const cursor = this.#cursor
    const { text } = cursor
    cursor.at++
    const strip = cursor.char() === DASH
    if (strip) cursor.at++
    this.#endLine()
    const lines: string[] = []
    let column = -1
    let kept = 0
    while (cursor.at < cursor.end) {
      const start = cursor.at
      const lineEnd = cursor.lineEnd()
      cursor.skipSpaces()
      const own = Math.min(cursor.at, lineEnd) - start
      if (cursor.at >= lineEnd) {
        if (column < 0 ? own > 0 : own > column) giveUp()
        lines.push('')
      } else {
        if (column < 0) {
          column = own
          if (column <= indent) giveUp()
        }
        if (own < column) {
          cursor.at = start
          break
        }
        if (cursor.char() === TAB) giveUp()
        lines.push(text.slice(start + column, lineEnd))
        kept = lines.length
      }
      cursor.at = lineEnd + 1
    }
    if (kept === 0) giveUp()
    this.#toContent()
    return lines.slice(0, kept).join('\n') + (strip ? '' : '\n')
  }
}
