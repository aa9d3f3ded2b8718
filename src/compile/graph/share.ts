// Structural sharing: what did not change from one result to the next stays the same JavaScript object, so that consumers compare by identity.

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What became of the objects met so far: a part that many places hold is compared once. */
type Met = Map<object, { readonly old: object; readonly shared: unknown }>

function shareArray(old: readonly unknown[], next: readonly unknown[], met: Met): readonly unknown[] {
  let same = old.length === next.length
  const shared = next.map((item, index) => {
    const kept = shareValue(old[index], item, met)
    if (kept !== old[index]) same = false
    return kept
  })
  return same ? old : shared
}

function shareObject(
  old: Record<string, unknown>,
  next: Record<string, unknown>,
  met: Met,
): Record<string, unknown> {
  const keys = Object.keys(next)
  let same = Object.keys(old).length === keys.length
  const shared: Record<string, unknown> = {}
  for (const key of keys) {
    const kept = shareValue(old[key], next[key], met)
    if (kept !== old[key] || !(key in old)) same = false
    shared[key] = kept
  }
  return same ? old : shared
}

function shareMap(
  old: ReadonlyMap<unknown, unknown>,
  next: ReadonlyMap<unknown, unknown>,
  met: Met,
): ReadonlyMap<unknown, unknown> {
  let same = old.size === next.size
  const shared = new Map<unknown, unknown>()
  for (const [key, value] of next) {
    const kept = shareValue(old.get(key), value, met)
    if (kept !== old.get(key) || !old.has(key)) same = false
    shared.set(key, kept)
  }
  // Maps are read in order: the same entries in another order are another map.
  if (same) {
    const keys = old.keys()
    for (const key of next.keys()) if (keys.next().value !== key) return shared
  }
  return same ? old : shared
}

function shareParts(old: object, next: object, met: Met): unknown {
  if (Array.isArray(next)) return Array.isArray(old) ? shareArray(old, next, met) : next
  if (next instanceof Map) return old instanceof Map ? shareMap(old, next, met) : next
  if (!isPlain(next) || !isPlain(old) || Array.isArray(old)) return next
  return shareObject(old as Record<string, unknown>, next as Record<string, unknown>, met)
}

function shareValue(old: unknown, next: unknown, met: Met): unknown {
  if (Object.is(old, next)) return next
  if (typeof old !== 'object' || typeof next !== 'object' || old === null || next === null) return next
  const known = met.get(next)
  if (known?.old === old) return known.shared
  const shared = shareParts(old, next, met)
  met.set(next, { old, shared })
  return shared
}

/** Returns `old` when it equals `next`, else `next` with every equal part taken from `old`. Plain objects, arrays and Maps are looked into; anything else is compared by identity. */
export function share<T>(old: unknown, next: T): T {
  return shareValue(old, next, new Map()) as T
}
