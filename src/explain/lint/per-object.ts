// Looks at each object of a kind by itself: what one object holds never costs the findings of another.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import { formatRef } from '../../diagnostics/origin.ts'
import { type KindRef, type KubeObject, refOf } from '../../resources/object.ts'
import { listOf, type Resource } from '../../resources/snapshot.ts'
import type { World } from './world.ts'

/** The findings of `check` on every object of `kind`; an object that makes it throw is reported as one that no schema fits (SP0105). */
export function perObject<T extends KubeObject>(
  world: World,
  kind: Pick<KindRef, 'group' | 'kind'>,
  check: (resource: Resource<T>) => readonly Diagnostic[],
): readonly Diagnostic[] {
  return listOf<T>(world.snapshot, kind).flatMap((resource) => {
    try {
      return check(resource)
    } catch {
      const message = `${formatRef(refOf(resource.object))} holds a value that its kind does not allow.`
      return [diagnostic('SP0105', resource.origin(''), message)]
    }
  })
}
