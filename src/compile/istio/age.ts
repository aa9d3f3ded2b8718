// Istio's order among objects: oldest first, then by name, then by namespace.
import type { ObjectMeta } from '../../resources/object.ts'

export type Age = Pick<ObjectMeta, 'name' | 'namespace' | 'creationTimestamp'>

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

/** Negative when `a` comes first. */
export function compareAge(a: Age, b: Age): number {
  return (
    compare(a.creationTimestamp ?? '', b.creationTimestamp ?? '') ||
    compare(a.name, b.name) ||
    compare(a.namespace ?? '', b.namespace ?? '')
  )
}
