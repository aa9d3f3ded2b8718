// Structural sharing of messages: what says the same stays the same object, so that nothing is sent again that did not change.

/** Returns `before` where it equals `next`. Parts that are the same object are not looked into. */
export function settle<T>(before: unknown, next: T): T {
  return equal(before, next) ? (before as T) : next
}

/** Whether two values say the same. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equal(item, b[index]))
    )
  const keys = Object.keys(b)
  return (
    Object.keys(a).length === keys.length &&
    keys.every((key) => key in a && equal(a[key as keyof typeof a], b[key as keyof typeof b]))
  )
}
