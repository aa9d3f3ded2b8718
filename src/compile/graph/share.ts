// Structural sharing: what did not change from one result to the next stays the same JavaScript object, so that consumers compare by identity.

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What became of the objects met so far: a part that many places hold is compared once. */
type Met = Map<object, { readonly old: object; readonly shared: unknown }>

/** What lists are matched by: an item that moved is still the same. */
function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined
  const { name, id } = item as { readonly name?: unknown; readonly id?: unknown }
  return typeof name === 'string' ? name : typeof id === 'string' ? id : undefined
}

/** For each item of a list, the one that it most likely was before: that of its name, itself, or the one at its place. */
function partners(old: readonly unknown[]): (item: unknown, index: number) => unknown {
  let byName: Map<string | undefined, unknown> | undefined
  let all: Set<unknown> | undefined
  return (item, index) => {
    const there = old[index]
    if (Object.is(there, item)) return there
    const name = nameOf(item)
    if (name === undefined) {
      all ??= new Set(old)
      return all.has(item) ? item : there
    }
    if (nameOf(there) === name) return there
    byName ??= new Map(old.map((one) => [nameOf(one), one]))
    return byName.get(name)
  }
}

// Each of these gives `next` itself where nothing in it was replaced: a part that a query settled before stays the object that it is there, and
// is not looked into the next time.

function shareArray(old: readonly unknown[], next: readonly unknown[], met: Met): readonly unknown[] {
  const partner = partners(old)
  let same = old.length === next.length
  let fresh = true
  const shared = next.map((item, index) => {
    const kept = shareValue(partner(item, index), item, met)
    if (kept !== old[index]) same = false
    if (kept !== item) fresh = false
    return kept
  })
  return same ? old : fresh ? next : shared
}

function shareObject(
  old: Record<string, unknown>,
  next: Record<string, unknown>,
  met: Met,
): Record<string, unknown> {
  const keys = Object.keys(next)
  let same = Object.keys(old).length === keys.length
  let fresh = true
  const shared: Record<string, unknown> = {}
  for (const key of keys) {
    const kept = shareValue(old[key], next[key], met)
    if (kept !== old[key] || !(key in old)) same = false
    if (kept !== next[key]) fresh = false
    shared[key] = kept
  }
  return same ? old : fresh ? next : shared
}

function shareMap(
  old: ReadonlyMap<unknown, unknown>,
  next: ReadonlyMap<unknown, unknown>,
  met: Met,
): ReadonlyMap<unknown, unknown> {
  let same = old.size === next.size
  let fresh = true
  const shared = new Map<unknown, unknown>()
  for (const [key, value] of next) {
    const kept = shareValue(old.get(key), value, met)
    if (kept !== old.get(key) || !old.has(key)) same = false
    if (kept !== value) fresh = false
    shared.set(key, kept)
  }
  // Maps are read in order: the same entries in another order are another map.
  if (same) {
    const keys = old.keys()
    for (const key of next.keys()) {
      if (keys.next().value === key) continue
      same = false
      break
    }
  }
  return same ? old : fresh ? next : shared
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
