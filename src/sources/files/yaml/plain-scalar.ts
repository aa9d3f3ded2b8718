// What a scalar without quotes means in YAML 1.2's core schema (10.3.2).

/** For spellings that are left to the library. */
export const UNSURE: unique symbol = Symbol('unsure')

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])

/** The spellings that mean the same to everybody. */
const SIMPLE_NUMBER = /^(?:0|-?[1-9][0-9]{0,14})$|^-?[1-9][0-9]{0,8}\.[0-9]{1,6}$|^0\.[0-9]{1,6}$/
/** `...` ends a document in some places. */
const ODD =
  /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$|^0[ox][0-9a-fA-F]+$|^[-+]?\.(?:inf|nan)$|^\.\.\./i

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122

/** The value; `text` is trimmed and not empty. */
export function plainScalar(text: string): string | number | boolean | null | typeof UNSURE {
  const word = text.length <= 5 ? WORDS.get(text) : undefined
  if (word !== undefined) return word
  if (isLetter(text.charCodeAt(0))) return text
  if (SIMPLE_NUMBER.test(text)) return Number(text)
  return ODD.test(text) ? UNSURE : text
}
