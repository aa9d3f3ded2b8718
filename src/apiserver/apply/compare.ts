// Which fields differ between two objects of one version: the ground on which ownership moves.

import { sameJson } from '../pipeline/same-json.ts'
import { asMember, type Fields, MEMBER, nodeOf, union } from './fields.ts'
import type { ListShape, MapShape, Shape } from './shape.ts'
import { type Atom, atomOf, isMap, itemElement, type Json, type JsonMap } from './value.ts'

/** Three disjoint sets: what the second object adds, changes and lacks. */
export interface Comparison {
  readonly added: Fields | undefined
  readonly modified: Fields | undefined
  readonly removed: Fields | undefined
}

interface Found extends Comparison {
  /** Compared as a whole: its own presence is part of the result already. */
  readonly whole: boolean
}

const SAME: Found = { added: undefined, modified: undefined, removed: undefined, whole: false }
const SAME_WHOLE: Found = { ...SAME, whole: true }
const ADDED: Found = { ...SAME_WHOLE, added: MEMBER }
const REMOVED: Found = { ...SAME_WHOLE, removed: MEMBER }
const MODIFIED: Found = { ...SAME_WHOLE, modified: MEMBER }

/** Compares two objects of the shape's version. */
export function compare(left: Json, right: Json, shape: Shape): Comparison {
  return compareValues(left, right, shape)
}

function compareValues(left: Json, right: Json, shape: Shape): Found {
  if (left === right) return SAME
  const [l, r] = [atomOf(shape, left), atomOf(shape, right)]
  let found: Found
  if (right === undefined) found = compareAs(l, left, right)
  else if (left === undefined || (l.map === r.map && l.list === r.list)) found = compareAs(r, left, right)
  else found = both(compareAs(l, left, right), compareAs(r, left, right))
  if (found.whole) return found
  if (left === undefined) return { ...found, added: asMember(found.added) }
  if (right === undefined) return { ...found, removed: asMember(found.removed) }
  return found
}

/** The value changed its type: it counts as changed under both. */
function both(a: Found, b: Found): Found {
  return {
    added: union(a.added, b.added),
    modified: union(a.modified, b.modified),
    removed: union(a.removed, b.removed),
    whole: b.whole,
  }
}

function compareAs(atom: Atom, left: Json, right: Json): Found {
  if (atom.map) return compareMaps(left, right, atom.map)
  if (atom.list) return compareLists(left, right, atom.list)
  return compareWhole(left, right)
}

function compareWhole(left: Json, right: Json): Found {
  if (left === undefined) return ADDED
  if (right === undefined) return REMOVED
  return sameJson(left, right) ? SAME_WHOLE : MODIFIED
}

/** Collects what differs below a node. */
class Below {
  readonly sets: {
    added?: Record<string, Fields>
    modified?: Record<string, Fields>
    removed?: Record<string, Fields>
  } = {}
  put(element: string, found: Comparison): void {
    for (const key of ['added', 'modified', 'removed'] as const) {
      const node = found[key]
      if (node === undefined) continue
      this.sets[key] ??= {}
      this.sets[key][element] = node
    }
  }
  result(): Found {
    const { added, modified, removed } = this.sets
    if (!added && !modified && !removed) return SAME
    return {
      added: nodeOf(false, added),
      modified: nodeOf(false, modified),
      removed: nodeOf(false, removed),
      whole: false,
    }
  }
}

const emptyMap = (value: Json): boolean => {
  if (!isMap(value)) return true
  for (const key in value) if (value[key] !== undefined) return false
  return true
}
const EMPTY: JsonMap = {}

function compareMaps(left: Json, right: Json, shape: MapShape): Found {
  if (shape.atomic || (emptyMap(left) && emptyMap(right))) return compareWhole(left, right)
  const [l, r] = [isMap(left) ? left : EMPTY, isMap(right) ? right : EMPTY]
  // what Go always has is there only where its parent is
  const read = (map: JsonMap, whole: Json, key: string): Json =>
    map[key] ?? (map[key] === null ? null : whole === undefined ? undefined : shape.always.get(key))
  const below = new Below()
  const visit = (key: string): void => {
    const [one, other] = [read(l, left, key), read(r, right, key)]
    if (one === other) return
    const inner = shape.field(key) ?? shape.element
    if (inner) below.put(`f:${key}`, compareValues(one, other, inner))
  }
  for (const key in l) if (l[key] !== undefined) visit(key)
  for (const key in r) if (r[key] !== undefined && l[key] === undefined) visit(key)
  return below.result()
}

const emptyList = (value: Json): boolean => !Array.isArray(value) || value.length === 0

function compareLists(left: Json, right: Json, shape: ListShape): Found {
  if (shape.kind === 'atomic' || (emptyList(left) && emptyList(right))) return compareWhole(left, right)
  const [l, r] = [itemsOf(left, shape), itemsOf(right, shape)]
  const below = new Below()
  for (const element of new Set([...l.keys(), ...r.keys()])) {
    below.put(element, compareItems(l.get(element) ?? [], r.get(element) ?? [], shape.element))
  }
  return below.result()
}

/** Items that share a name (possible in stored objects only) are one thing: changed, added or removed together. */
function compareItems(left: readonly Json[], right: readonly Json[], shape: Shape): Found {
  if (left.length <= 1 && right.length <= 1) return compareValues(left[0], right[0], shape)
  if (left.length >= 2 && right.length >= 2) return sameJson(left, right) ? SAME : MODIFIED
  if (left.length >= 2) {
    const found = right.length === 0 ? SAME : compareValues(undefined, right[0], shape)
    return { ...found, removed: asMember(found.removed) }
  }
  const found = left.length === 0 ? SAME : compareValues(left[0], undefined, shape)
  return { ...found, added: asMember(found.added) }
}

/** Items by path element; those that cannot be named are left out. */
export function itemsOf(list: Json, shape: ListShape): Map<string, Json[]> {
  const items = new Map<string, Json[]>()
  if (!Array.isArray(list)) return items
  for (const item of list) {
    const element = itemElement(shape, item)
    if (element === undefined) continue
    const same = items.get(element)
    if (same) same.push(item)
    else items.set(element, [item])
  }
  return items
}
