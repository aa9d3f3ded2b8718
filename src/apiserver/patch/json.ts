// JSON values as patches see them.

export type JsonMap = Readonly<Record<string, unknown>>

/** A JSON object. */
export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A JSON array. */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** Structural equality; keys in any order. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, at) => equalJson(one, b[at]))
  }
  if (!isMap(a) || !isMap(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  )
}
