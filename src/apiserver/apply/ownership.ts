// How ownership moves when an object changes: who loses what, who conflicts, and which fields an apply takes out of the object.
import { type Comparison, compare } from './compare.ts'
import { fieldSet, withNamedFields } from './field-set.ts'
import { difference, type Fields, intersection, recursiveDifference, union } from './fields.ts'
import type { Managed, ManagedEntry } from './managed.ts'
import { removeFields } from './remove.ts'
import type { Json } from './value.ts'
import type { Versions } from './versions.ts'

/** A change of an object, both sides in `apiVersion`. */
export interface Change {
  readonly versions: Versions
  readonly apiVersion: string
  readonly before: Json
  readonly after: Json
  /** Not tracked on this endpoint. */
  readonly ignored: Fields | undefined
}

/** What others own of the fields that a change sets. */
export type Conflicts = ReadonlyMap<string, Fields>

export interface Moved {
  /** The entries of everyone but `except`, less what changed or went. */
  readonly managed: Map<string, ManagedEntry>
  readonly conflicts: Conflicts
  readonly comparison: Comparison
}

/** Takes changed and removed fields away from all managers but one; entries of versions that are gone are dropped. */
export function moveOwnership(change: Change, managed: Managed, except: string): Moved {
  const comparisons = comparer(change)
  const left = new Map<string, ManagedEntry>()
  const conflicts = new Map<string, Fields>()
  for (const [id, entry] of managed) {
    if (id === except) {
      left.set(id, entry)
      continue
    }
    const comparison = comparisons(entry.apiVersion)
    if (!comparison) continue
    const taken = intersection(entry.fields, union(comparison.modified, comparison.added))
    if (taken) conflicts.set(id, taken)
    const fields = difference(difference(entry.fields, taken), comparison.removed)
    if (fields) left.set(id, fields === entry.fields ? entry : { ...entry, fields })
  }
  const comparison = comparisons(change.apiVersion) ?? {
    added: undefined,
    modified: undefined,
    removed: undefined,
  }
  return { managed: left, conflicts, comparison }
}

/** The comparison in each version, made once. */
function comparer({ versions, apiVersion, before, after, ignored }: Change) {
  const made = new Map<string, Comparison | undefined>()
  return (version: string): Comparison | undefined => {
    if (made.has(version)) return made.get(version)
    const shape = versions.shape(version)
    const found =
      shape &&
      compare(
        versions.convert(before, apiVersion, version),
        versions.convert(after, apiVersion, version),
        shape,
      )
    const tracked = found && ignored ? without(found, ignored) : found
    made.set(version, tracked)
    return tracked
  }
}

function without({ added, modified, removed }: Comparison, ignored: Fields): Comparison {
  return {
    added: recursiveDifference(added, ignored),
    modified: recursiveDifference(modified, ignored),
    removed: recursiveDifference(removed, ignored),
  }
}

/**
 * Removes from a merged object what its applier applied last time, leaves out now, and nobody else owns.
 * `managed` holds the applier's new entry already.
 */
export function prune(
  merged: Json,
  apiVersion: string,
  managed: Managed,
  last: ManagedEntry | undefined,
  versions: Versions,
): Json {
  const shape = last && versions.shape(last.apiVersion)
  if (!last?.fields || !shape) return merged
  const version = last.apiVersion
  const whole = versions.convert(merged, apiVersion, version)
  const lastFields = withNamedFields(last.fields, shape)
  const cut = removeFields(whole, lastFields, shape)
  const kept = addBackOwned(whole, cut, version, managed, versions)
  // What went with a removed parent, though the applier never had it, comes back.
  const gone = difference(
    withNamedFields(fieldSet(whole, shape), shape),
    withNamedFields(fieldSet(kept, shape), shape),
  )
  return versions.convert(removeFields(whole, intersection(gone, lastFields), shape), version, apiVersion)
}

/** Gives back what someone owns, each claim judged in its own version, the given version first. */
function addBackOwned(whole: Json, cut: Json, version: string, managed: Managed, versions: Versions): Json {
  const claims = new Map<string, Fields | undefined>()
  claims.set(version, undefined)
  for (const entry of managed.values()) {
    claims.set(entry.apiVersion, union(claims.get(entry.apiVersion), entry.fields))
  }
  let kept = cut
  for (const [claimed, fields] of claims) {
    const shape = versions.shape(claimed)
    if (!shape || (fields === undefined && claimed === version)) continue
    const all = versions.convert(whole, version, claimed)
    const remaining = versions.convert(kept, version, claimed)
    const owned = union(withNamedFields(fieldSet(remaining, shape), shape), withNamedFields(fields, shape))
    const gone = difference(withNamedFields(fieldSet(all, shape), shape), owned)
    kept = versions.convert(removeFields(all, gone, shape), claimed, version)
  }
  return kept
}
