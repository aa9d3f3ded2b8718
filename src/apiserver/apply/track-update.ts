// Field ownership of every write that is not an apply: create, update and the other patches.
import { apiVersionOf, type KubeObject } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import { difference, type Fields, recursiveDifference, setOf, union } from './fields.ts'
import {
  decodeManaged,
  encodeManaged,
  identityOf,
  isReset,
  type Managed,
  type ManagedEntry,
  sameButTime,
  seconds,
} from './managed.ts'
import { moveOwnership } from './ownership.ts'
import { reconcile } from './reconcile.ts'
import { resetFields } from './reset-fields.ts'
import { toFace, type Versions, versionsOf } from './versions.ts'

/** More update entries than this are merged, the oldest first. */
const MAX_UPDATE_ENTRIES = 10
const ANCIENT = 'ancient-changes'

export interface UpdateToTrack {
  readonly kind: KindDefinition
  /** The face of the request: the entry is written in its version. */
  readonly face: ServedVersion
  /** In the storage version; absent on create. */
  readonly live?: KubeObject
  /** In the storage version, defaulted. Its managedFields are what the client sent (`[{}]` clears). */
  readonly object: KubeObject
  readonly manager: string
  readonly now: string
  readonly subresource?: string
}

/** The object with the managedFields that this write leaves. Call after defaulting and before admission. Never fails. */
export function trackUpdate(update: UpdateToTrack): KubeObject {
  const { live, object, subresource } = update
  const managed = startingPoint(live, object, subresource)
  // Once forgotten (or never tracked), ownership starts again with the first apply.
  if (managed.size === 0 && live !== undefined) return withManagedFields(object, undefined)
  return withManagedFields(object, encodeManaged(capped(trackedUpdate(update, managed))))
}

/** What the write starts from: the client's list where it sent one, else the stored one. */
function startingPoint(
  live: KubeObject | undefined,
  object: KubeObject,
  subresource: string | undefined,
): Managed {
  const stored = (): Managed => decodeManaged(live?.metadata.managedFields) ?? new Map()
  if (subresource !== undefined) return stored()
  const sent = object.metadata.managedFields
  if (sent === live?.metadata.managedFields) return stored()
  if (isReset(sent)) return new Map()
  const decoded = decodeManaged(sent)
  return decoded !== undefined && decoded.size > 0 ? decoded : stored()
}

/** The entries after an update by a manager. */
export function trackedUpdate(update: UpdateToTrack, managed: Managed): Map<string, ManagedEntry> {
  const { kind, face, live, object, manager, now, subresource } = update
  const apiVersion = apiVersionOf(face)
  const versions = versionsOf(kind)
  const ignored = resetFields(kind, subresource)
  const moved = moveOwnership(
    {
      versions,
      apiVersion,
      before: live === undefined ? {} : toFace(face, live),
      after: toFace(face, object),
      ignored,
    },
    reconciled(managed, versions),
    '',
  )
  const set = union(moved.comparison.modified, moved.comparison.added)
  const fields = difference(ignored ? recursiveDifference(set, ignored) : set, NOT_TRACKED)
  if (fields) {
    const entry = {
      manager: manager === '' ? 'unknown' : manager,
      operation: 'Update' as const,
      apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
    }
    const id = identityOf(entry)
    moved.managed.set(id, {
      ...entry,
      time: now,
      fields: union(fields, moved.managed.get(id)?.fields),
    })
  }
  return moved.managed
}

/** Everyone's sets as the present schemas have them; entries of versions that are gone are dropped. */
export function reconciled(managed: Managed, versions: Versions): Managed {
  const out = new Map<string, ManagedEntry>()
  for (const [id, entry] of managed) {
    const shape = versions.shape(entry.apiVersion)
    if (!shape) continue
    const fields = reconcile(entry.fields, shape)
    out.set(id, fields === entry.fields ? entry : { ...entry, fields })
  }
  return out
}

/** Identity and what the server keeps: nobody owns these. */
export const NOT_TRACKED: Fields | undefined = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
)

/** Merges the oldest update entries, per version, until few enough are left. */
function capped(managed: Map<string, ManagedEntry>): Managed {
  const updates = [...managed].filter(([, entry]) => entry.operation === 'Update')
  let count = updates.length
  if (count <= MAX_UPDATE_ENTRIES) return managed
  updates.sort(([idA, a], [idB, b]) => seconds(a) - seconds(b) || (idA < idB ? -1 : 1))
  const first = new Map<string, string>()
  for (const [id, entry] of updates) {
    if (count <= MAX_UPDATE_ENTRIES) break
    const { apiVersion } = entry
    const earlier = first.get(apiVersion)
    if (earlier === undefined) {
      first.set(apiVersion, id)
      continue
    }
    const bucket = { manager: ANCIENT, operation: 'Update' as const, apiVersion }
    const bucketId = identityOf(bucket)
    if (id === bucketId) continue
    let fields = union(entry.fields, managed.get(bucketId)?.fields)
    if (!managed.has(bucketId)) {
      fields = union(fields, managed.get(earlier)?.fields)
      managed.delete(earlier)
    }
    managed.delete(id)
    managed.set(bucketId, {
      ...bucket,
      ...(entry.time === undefined ? {} : { time: entry.time }),
      fields,
    })
    count--
  }
  return managed
}

/** The object with these managedFields, or without any. */
export function withManagedFields(
  object: KubeObject,
  managedFields: readonly unknown[] | undefined,
): KubeObject {
  if (managedFields === undefined && object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } }
}

/**
 * Restores the old timestamps in managedFields when nothing else differs, so that a write that changes nothing is seen as one.
 * Call last, before comparing with the stored object.
 */
export function keepTimestampsOfNoop(object: KubeObject, live: KubeObject): KubeObject {
  const [sent, stored] = [object.metadata.managedFields, live.metadata.managedFields]
  if (sent === undefined || stored === undefined || sent === stored || sent.length !== stored.length)
    return object
  if (!sent.every((entry, at) => sameButTime(entry, stored[at]))) return object
  const old = withManagedFields(object, stored)
  return sameJson(old, live) ? old : object
}
