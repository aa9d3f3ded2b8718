// What differs between two maps of resources: computed once for all streams that make the same step, and encoded once for all that are sent it.
import type { Resources, XdsResource } from './snapshot.ts'

export interface Changes {
  readonly changed: readonly { readonly name: string; readonly resource: XdsResource }[]
  readonly removed: readonly string[]
}

export const NO_CHANGES: Changes = { changed: [], removed: [] }
const NOTHING: Resources = new Map()

const steps = new WeakMap<Resources, { readonly after: Resources; readonly changes: Changes }>()

/** The step from one map to the next; `undefined` is an empty one. */
export function changesBetween(before: Resources | undefined, after: Resources): Changes {
  if (before === after) return NO_CHANGES
  // Remembered at the newer map where there is no older one.
  const key = before ?? after
  const known = steps.get(key)
  if (known?.after === after) return known.changes
  const changes = compare(before ?? NOTHING, after)
  steps.set(key, { after, changes })
  return changes
}

function compare(before: Resources, after: Resources): Changes {
  const changed: { name: string; resource: XdsResource }[] = []
  for (const [name, resource] of after)
    if (before.get(name)?.version !== resource.version) changed.push({ name, resource })
  const removed = [...before.keys()].filter((name) => !after.has(name))
  return changed.length === 0 && removed.length === 0 ? NO_CHANGES : { changed, removed }
}

/** The step for a client that says which versions it has. */
export function changesSince(versions: ReadonlyMap<string, string>, after: Resources): Changes {
  if (versions.size === 0) return changesBetween(undefined, after)
  return {
    changed: [...after].flatMap(([name, resource]) =>
      versions.get(name) === resource.version ? [] : [{ name, resource }],
    ),
    removed: [...versions.keys()].filter((name) => !after.has(name)),
  }
}
