// The fields that an applied configuration speaks of, and the ones that go with them.

import { itemsOf } from './compare.ts'
import { asMember, type Fields, MEMBER, nodeOf } from './fields.ts'
import type { Shape } from './shape.ts'
import { atomOf, EMPTIED, isMap, type Json } from './value.ts'

/** All leaf fields of a value, with list items and keys of free maps themselves. */
export function fieldSet(value: Json, shape: Shape): Fields | undefined {
  const atom = atomOf(shape, value)
  if (atom.map) {
    if (atom.map.atomic) return MEMBER
    if (!isMap(value)) return undefined
    const below: Record<string, Fields> = {}
    for (const [key, one] of Object.entries(value)) {
      if (one === undefined) continue
      const declared = atom.map.field(key)
      const inner = declared ?? atom.map.element
      if (!inner) continue
      const set = fieldSet(one, inner)
      const itself =
        one === null || one === EMPTIED || (isMap(one) && Object.keys(one).length === 0) || !declared
      const node = itself ? asMember(set) : set
      if (node) below[`f:${key}`] = node
    }
    return nodeOf(false, below)
  }
  if (atom.list) {
    if (atom.list.kind === 'atomic') return MEMBER
    const below: Record<string, Fields> = {}
    for (const [element, items] of itemsOf(value, atom.list)) {
      below[element] = items.length > 1 ? MEMBER : asMember(fieldSet(items[0], atom.list.element))
    }
    return nodeOf(false, below)
  }
  return value === EMPTIED ? undefined : MEMBER
}

/** The set with every declared field that has something in it: who owns `spec.x` also holds `spec`. */
export function withNamedFields(set: Fields | undefined, shape: Shape | undefined): Fields | undefined {
  if (set === undefined) return undefined
  const out: Record<string, Fields> = {}
  for (const element in set) {
    const node = set[element]
    if (element === '.' || node === undefined) continue
    const declared = element.startsWith('f:') ? shape?.map?.field(element.slice(2)) : undefined
    const inner =
      declared ??
      (element.startsWith('f:')
        ? shape?.map?.element
        : element.startsWith('k:')
          ? shape?.list?.element
          : undefined)
    const full = withNamedFields(node, inner) ?? node
    out[element] = declared ? asMember(full) : full
  }
  return nodeOf(set['.'] !== undefined, out) ?? set
}
