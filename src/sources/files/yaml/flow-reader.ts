// Maps and lists in braces and brackets, as in JSON and in `{ port: 80 }`: one half of the plain reader.
import type { Builder, Found } from './builders.ts'
import { APOSTROPHE, COLON, type Cursor, DASH, giveUp, NEWLINE, QUOTE, SPACE } from './cursor.ts'

export const BRACE = 123
export const BRACKET = 91
const BRACE_END = 125
const BRACKET_END = 93
const COMMA = 44

/** Characters that a scalar without quotes may have between brackets; a colon and a dash are looked at more closely. */
const PLAIN = new Uint8Array(128)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+$()=~^;<') {
  PLAIN[char.charCodeAt(0)] = 1
}

function skip(cursor: Cursor, lines: boolean): void {
  for (let char = cursor.char(); char === SPACE || char === NEWLINE; char = cursor.char()) {
    if (char === NEWLINE && !lines) giveUp()
    cursor.at++
  }
}

function plain(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at
  for (let char = cursor.char(); ; char = cursor.char()) {
    if (char === COLON) {
      const next = text.charCodeAt(cursor.at + 1)
      if (PLAIN[next] !== 1) break
    } else if (PLAIN[char] !== 1) break
    cursor.at++
  }
  const first = text.charCodeAt(start)
  const single = cursor.at === start + 1
  if (cursor.at === start || first === COLON || (first === DASH && single)) giveUp()
  return text.slice(start, cursor.at)
}

function node(cursor: Cursor, builder: Builder, lines: boolean): Found {
  const char = cursor.char()
  if (char === QUOTE || char === APOSTROPHE) return { value: cursor.quoted() }
  if (char === BRACE || char === BRACKET) return flow(cursor, builder, lines)
  return { value: cursor.resolve(plain(cursor)) }
}

function key(cursor: Cursor): string {
  const char = cursor.char()
  const start = cursor.at
  const quoted = char === QUOTE || char === APOSTROPHE
  const text = quoted ? cursor.quoted() : plain(cursor)
  if (cursor.at - start > 1000 || (!quoted && cursor.resolve(text) !== text) || cursor.char() !== COLON)
    giveUp()
  cursor.at++
  const next = cursor.char()
  if (next !== SPACE && next !== NEWLINE && !quoted) giveUp()
  return text
}

/** Steps over a comma; false at the end of the collection. */
function goesOn(cursor: Cursor, end: number, lines: boolean): boolean {
  skip(cursor, lines)
  const char = cursor.char()
  cursor.at++
  if (char === end) return false
  if (char !== COMMA) giveUp()
  skip(cursor, lines)
  return true
}

/** Steps over the bracket and what follows it; false when the collection is empty. */
function opens(cursor: Cursor, end: number, lines: boolean): boolean {
  cursor.at++
  skip(cursor, lines)
  if (cursor.char() !== end) return true
  cursor.at++
  return false
}

function flowMap(cursor: Cursor, builder: Builder, lines: boolean): Found {
  const map = builder.openMap(cursor.at)
  for (let more = opens(cursor, BRACE_END, lines); more; more = goesOn(cursor, BRACE_END, lines)) {
    const start = cursor.at
    const name = key(cursor)
    skip(cursor, lines)
    builder.addEntry(map, name, start, node(cursor, builder, lines))
  }
  return builder.closeMap(map)
}

function flowList(cursor: Cursor, builder: Builder, lines: boolean): Found {
  const list = builder.openList(cursor.at)
  for (let more = opens(cursor, BRACKET_END, lines); more; more = goesOn(cursor, BRACKET_END, lines)) {
    const start = cursor.at
    builder.addItem(start, node(cursor, builder, lines))
  }
  return builder.closeList(list)
}

/** The collection that starts here; `lines` when it may go over several of them. */
export function flow(cursor: Cursor, builder: Builder, lines: boolean): Found {
  return cursor.char() === BRACE ? flowMap(cursor, builder, lines) : flowList(cursor, builder, lines)
}
