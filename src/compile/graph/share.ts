// Structural sharing: what did not change from one result to the next stays the same JavaScript object, so that consumers compare by identity.

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function shareArray(old: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  let same = old.length === next.length
  const shared = next.map((item, index) => {
    const kept = share(old[index], item)
    if (kept !== old[index]) same = false
    return kept
  })
  return same ? old : shared
}

function shareObject(old: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(next)
  let same = Object.keys(old).length === keys.length
  const shared: Record<string, unknown> = {}
  for (const key of keys) {
    const kept = share(old[key], next[key])
    if (kept !== old[key] || !(key in old)) same = false
    shared[key] = kept
  }
  return same ? old : shared
}

function shareMap(old: ReadonlyMap<unknown, unknown>, next: ReadonlyMap<unknown, unknown>): unknown {
  let same = old.size === next.size
  const shared = new Map<unknown, unknown>()
  for (const [key, value] of next) {
    const kept = share(old.get(key), value)
    if (kept !== old.get(key) || !old.has(key)) same = false
    shared.set(key, kept)
  }
  return same ? old : shared
}

/** Returns `old` when it equals `next`, else `next` with every equal part taken from `old`. Plain objects, arrays and Maps are looked into; anything else is compared by identity. */
export function share<T>(old: unknown, next: T): T {
  if (Object.is(old, next)) return next
  if (typeof old !== 'object' || typeof next !== 'object' || old === null || next === null) return next
  if (Array.isArray(next)) return Array.isArray(old) ? (shareArray(old, next) as T) : next
  if (next instanceof Map) return old instanceof Map ? (shareMap(old, next) as T) : next
  if (!isPlain(next) || !isPlain(old) || Array.isArray(old)) return next
  return shareObject(old as Record<string, unknown>, next as Record<string, unknown>) as T
}
