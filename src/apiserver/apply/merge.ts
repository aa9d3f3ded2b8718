// The merge of server-side apply: what a manager applies laid over the live object, map by map and list item by list item.
import type { ListShape, MapShape, Shape } from './shape.ts'
import { atomOf, isMap, itemElement, type Json, type JsonMap } from './value.ts'

/** `applied` over `live`; both in the shape's version. Neither is modified. */
export function merge(live: Json, applied: Json, shape: Shape): Json {
  if (applied === undefined) return live
  if (live === undefined) return applied
  const [l, a] = [atomOf(shape, live), atomOf(shape, applied)]
  if (a.map && l.map === a.map) return mergeMaps(live, applied, a.map)
  if (a.list && l.list === a.list) return mergeLists(live, applied, a.list)
  return applied
}

const nothingIn = (value: Json): boolean =>
  Array.isArray(value) ? value.length === 0 : !isMap(value) || Object.keys(value).length === 0

function mergeMaps(live: Json, applied: Json, shape: MapShape): Json {
  if (shape.atomic || (nothingIn(live) && nothingIn(applied))) return applied
  const out: Record<string, Json> = { ...(isMap(live) ? live : {}) }
  for (const [key, value] of Object.entries((isMap(applied) ? applied : {}) as JsonMap)) {
    const inner = shape.field(key) ?? shape.element
    out[key] = inner ? merge(out[key], value, inner) : value
  }
  return out
}

/** Applied items come in their own order; live items that are not applied keep their place among their neighbours. */
function mergeLists(live: Json, applied: Json, shape: ListShape): Json {
  if (shape.kind === 'atomic' || (nothingIn(live) && nothingIn(applied))) return applied
  const left = named(live, shape)
  const right = named(applied, shape)
  const liveItems = uniqueItems(left)
  const appliedItems = new Map(right.map(({ element, item }) => [element, item]))
  const shared = right.map(({ element }) => element).filter((element) => liveItems.has(element))
  const taken = new Set<string>()
  const out: Json[] = []
  let nextShared = shared.shift()
  const take = (element: string): void => {
    taken.add(element)
    out.push(merge(liveItems.get(element), appliedItems.get(element), shape.element))
  }
  let [l, r] = [0, 0]
  while (l < left.length || r < right.length) {
    const [one, other] = [left[l], right[r]]
    if (one && other) {
      if (one.element === other.element) {
        take(other.element)
        l++
        r++
        nextShared = shared.shift()
        continue
      }
      if (appliedItems.has(one.element) && nextShared !== undefined && nextShared !== one.element) {
        l++
        continue
      }
    }
    if (one) {
      if (!appliedItems.has(one.element)) {
        out.push(one.item)
        l++
        continue
      }
      if (taken.has(one.element)) l++
    }
    if (other) {
      take(other.element)
      r++
      if (nextShared === other.element) nextShared = shared.shift()
    }
  }
  return out
}

interface Named {
  readonly element: string
  readonly item: Json
}

function named(list: Json, shape: ListShape): Named[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((item) => {
    const element = itemElement(shape, item)
    return element === undefined ? [] : [{ element, item }]
  })
}

/** By element; an item whose name is used twice in the stored list is replaced, not merged. */
function uniqueItems(items: readonly Named[]): Map<string, Json> {
  const out = new Map<string, Json>()
  for (const { element, item } of items) out.set(element, out.has(element) ? undefined : item)
  return out
}
