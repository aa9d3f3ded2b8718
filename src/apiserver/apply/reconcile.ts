// Field sets written under an older schema: where a map or list has become atomic since, a claim on its parts becomes a claim on the whole.
import { type Fields, hasChildren, isMember, MEMBER, nodeOf } from './fields.ts'
import type { Shape } from './shape.ts'

const settled = new WeakMap<Fields, Shape>()

/** The set as the present schema has it; the same set when nothing changed. */
export function reconcile(set: Fields | undefined, shape: Shape): Fields | undefined {
  if (set === undefined || settled.get(set) === shape) return set
  const result = walk(set, shape) ?? set
  settled.set(result, shape)
  return result
}

/** The changed node, or undefined when it stays. */
function walk(node: Fields, shape: Shape): Fields | undefined {
  if (shape.untyped || !hasChildren(node)) return undefined
  if (shape.map ? shape.map.atomic : shape.list?.kind === 'atomic') return MEMBER
  let changed: Record<string, Fields> | undefined
  for (const element in node) {
    const child = node[element]
    if (element === '.' || child === undefined) continue
    const inner = shape.map
      ? element.startsWith('f:')
        ? (shape.map.field(element.slice(2)) ?? shape.map.element)
        : undefined
      : shape.list?.element
    const replaced = inner && walk(child, inner)
    if (!replaced) continue
    changed ??= { ...node }
    changed[element] = replaced
  }
  return changed && nodeOf(isMember(node), changed)
}
