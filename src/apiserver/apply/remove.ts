// Takes fields out of an object: what a manager applied before and leaves out now.
import { type Fields, hasChildren, isMember } from './fields.ts'
import type { Shape } from './shape.ts'
import { atomOf, EMPTIED, isMap, itemElement, type Json } from './value.ts'

/** The value without the fields of the set. */
export function removeFields(value: Json, set: Fields | undefined, shape: Shape): Json {
  if (set === undefined) return value
  const atom = atomOf(shape, value)
  if (atom.map) {
    if (!isMap(value) || atom.map.atomic) return EMPTIED
    const out: Record<string, Json> = {}
    for (const [key, one] of Object.entries(value)) {
      const node = set[`f:${key}`]
      if (isMember(node)) continue
      const inner = atom.map.field(key) ?? atom.map.element
      out[key] = hasChildren(node) && inner ? removeFields(one, node, inner) : one
    }
    return Object.keys(out).length > 0 ? out : EMPTIED
  }
  if (atom.list) {
    if (!Array.isArray(value) || atom.list.kind === 'atomic') return EMPTIED
    const out: Json[] = []
    for (const item of value) {
      const element = itemElement(atom.list, item)
      const node = element === undefined ? undefined : set[element]
      if (isMember(node)) continue
      out.push(hasChildren(node) ? removeFields(item, node, atom.list.element) : item)
    }
    return out.length > 0 ? out : EMPTIED
  }
  return value
}

/** The value with everything gone that removal left empty; shares what holds none of it. */
export function withoutEmptied(value: Json): Json {
  if (Array.isArray(value)) {
    const out = value.filter((one) => one !== EMPTIED).map(withoutEmptied)
    return out.length === value.length && out.every((one, at) => one === value[at]) ? value : out
  }
  if (!isMap(value)) return value
  let same = true
  const out: Record<string, Json> = {}
  for (const [key, one] of Object.entries(value)) {
    if (one !== EMPTIED) out[key] = withoutEmptied(one)
    if (out[key] !== one) same = false
  }
  return same ? value : out
}
