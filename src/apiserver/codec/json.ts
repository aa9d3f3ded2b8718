// A JSON parser that sees duplicate keys, bounds nesting, and words its errors as Go does. JSON.parse can do none of these.

export interface Parsed {
  readonly value: unknown
  /** Paths of keys that an object has more than once (`spec.ports[0].port`); the last value wins. At most MAX_FINDINGS. */
  readonly duplicates: readonly string[]
}

/** Nesting beyond this is refused: every later step walks objects recursively. */
export const MAX_DEPTH = 1000
/** Findings beyond this are not listed (as in upstream's strict decoder). */
export const MAX_FINDINGS = 100

/** Text that is not JSON. The message is Go's. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
  readonly path: (string | number)[]
  readonly duplicates: string[]
}

/** Parses one JSON document (RFC 8259). Throws JsonSyntaxError only. */
export function parseJson(text: string): Parsed {
  const cursor: Cursor = { text, at: 0, depth: 0, path: [], duplicates: [] }
  const value = readValue(cursor)
  skipSpace(cursor)
  if (cursor.at < text.length) throw unexpected(cursor, 'after top-level value')
  return { value, duplicates: cursor.duplicates }
}

/** `spec.ports[0].port` for keys and indexes from the root. */
export function formatPath(path: readonly (string | number)[]): string {
  let out = ''
  for (const step of path) {
    if (typeof step === 'number') out += `[${step}]`
    else out += out === '' ? step : `.${step}`
  }
  return out
}

/** Sets an own property whatever its name: assigning `__proto__` would set the prototype instead. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else object[key] = value
}

function readValue(cursor: Cursor): unknown {
  skipSpace(cursor)
  const char = cursor.text[cursor.at]
  if (char === undefined) throw new JsonSyntaxError('unexpected end of JSON input')
  if (char === '{') return nested(cursor, readObject)
  if (char === '[') return nested(cursor, readArray)
  if (char === '"') return readString(cursor)
  if (char === '-' || (char >= '0' && char <= '9')) return readNumber(cursor)
  for (const [word, value] of WORDS) {
    if (cursor.text.startsWith(word, cursor.at)) {
      cursor.at += word.length
      return value
    }
  }
  throw unexpected(cursor, 'looking for beginning of value')
}
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

function nested<T>(cursor: Cursor, read: (cursor: Cursor) => T): T {
  cursor.at++
  if (++cursor.depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth')
  const value = read(cursor)
  cursor.depth--
  return value
}

function readObject(cursor: Cursor): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  if (take(cursor, '}')) return out
  for (;;) {
    skipSpace(cursor)
    if (cursor.text[cursor.at] !== '"') {
      throw unexpected(cursor, 'looking for beginning of object key string')
    }
    const key = readString(cursor)
    cursor.path.push(key)
    if (Object.hasOwn(out, key) && cursor.duplicates.length < MAX_FINDINGS) {
      cursor.duplicates.push(formatPath(cursor.path))
    }
    if (!take(cursor, ':')) throw unexpected(cursor, 'after object key')
    setOwn(out, key, readValue(cursor))
    cursor.path.pop()
    if (take(cursor, '}')) return out
    if (!take(cursor, ',')) throw unexpected(cursor, 'after object key:value pair')
  }
}

function readArray(cursor: Cursor): unknown[] {
  const out: unknown[] = []
  if (take(cursor, ']')) return out
  for (;;) {
    cursor.path.push(out.length)
    out.push(readValue(cursor))
    cursor.path.pop()
    if (take(cursor, ']')) return out
    if (!take(cursor, ',')) throw unexpected(cursor, 'after array element')
  }
}

function readString(cursor: Cursor): string {
  const start = cursor.at
  let escaped = false
  for (let at = start + 1; ; at++) {
    const code = cursor.text.charCodeAt(at)
    if (code === 0x22) {
      cursor.at = at + 1
      if (!escaped) return cursor.text.slice(start + 1, at)
      break
    }
    if (code === 0x5c) {
      escaped = true
      at++
    } else if (Number.isNaN(code)) throw new JsonSyntaxError('unexpected end of JSON input')
    else if (code < 0x20) {
      cursor.at = at
      throw unexpected(cursor, 'in string literal')
    }
  }
  try {
    return JSON.parse(cursor.text.slice(start, cursor.at)) as string
  } catch {
    throw new JsonSyntaxError('invalid character in string escape code')
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function readNumber(cursor: Cursor): number {
  NUMBER.lastIndex = cursor.at
  const text = NUMBER.exec(cursor.text)?.[0]
  if (text === undefined) {
    cursor.at++
    throw unexpected(cursor, 'in numeric literal')
  }
  cursor.at += text.length
  const value = Number(text)
  if (!Number.isFinite(value)) throw new JsonSyntaxError(`cannot unmarshal number ${text} into a float64`)
  return value
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    cursor.at++
  }
}

function take(cursor: Cursor, char: string): boolean {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== char) return false
  cursor.at++
  return true
}

function unexpected(cursor: Cursor, where: string): JsonSyntaxError {
  const code = cursor.text.codePointAt(cursor.at)
  if (code === undefined) return new JsonSyntaxError('unexpected end of JSON input')
  const char = String.fromCodePoint(code)
  const shown = char === "'" ? "\\'" : JSON.stringify(char).slice(1, -1).replace('\\"', '"')
  return new JsonSyntaxError(`invalid character '${shown}' ${where}`)
}
