// The apply patch (server-side apply): merges what a manager applies into the live object and records who owns which field.
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../resources/object.ts'
import type { KindDefinition, ServedVersion } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import type { Outcome, Refusal } from '../refusal.ts'
import { checkApplied } from './check-applied.ts'
import { conflictRefusal } from './conflict.ts'
import { fieldSet } from './field-set.ts'
import { difference, recursiveDifference, sameFields } from './fields.ts'
import { KUBECTL, remainingConflicts, withFreshAnnotation } from './last-applied.ts'
import { decodeManaged, encodeManaged, identityOf, type Managed, type ManagedEntry } from './managed.ts'
import { merge } from './merge.ts'
import { moveOwnership, prune } from './ownership.ts'
import { withoutEmptied } from './remove.ts'
import { resetFields } from './reset-fields.ts'
import { type Shape, shapeOf } from './shape.ts'
import { NOT_TRACKED, reconciled, trackedUpdate, withManagedFields } from './track-update.ts'
import { toFace, versionsOf } from './versions.ts'

export interface ApplyRequest {
  readonly kind: KindDefinition
  /** The face of the request; `applied.apiVersion` is its own. */
  readonly face: ServedVersion
  /** In the storage version; absent when the apply creates. */
  readonly live?: KubeObject
  /** The decoded body, no defaults filled in. */
  readonly applied: KubeObject
  readonly manager: string
  readonly force: boolean
  /** RFC 3339, second precision. */
  readonly now: string
  readonly subresource?: string
}

/**
 * Gives the merged object in the request's face, managedFields included: still to be defaulted, converted to storage and validated, but not to
 * be given to trackUpdate. Refuses with 409 (conflicts, one cause each), 400 or 422.
 */
export function applyServerSide(request: ApplyRequest): Outcome<KubeObject> {
  const { kind, face, applied, manager } = request
  const shape = shapeOf(face.schema, kind.builtin)
  const refusal = refuseApplied(request, shape)
  if (refusal) return { refusal }
  const live = request.live && toFace(face, withManagedFields(request.live, undefined))
  const base: KubeObject = live ?? {
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: { name: '' },
  }
  const managed = startingPoint(request)
  const attempt = applyOnce(request, shape, live, managed)
  let { conflicts } = attempt
  if (conflicts.size > 0 && !request.force) {
    if (manager === KUBECTL) conflicts = remainingConflicts(conflicts, base, shape)
    if (conflicts.size > 0) return { refusal: conflictRefusal(conflicts, managed) }
  }
  const object = manager === KUBECTL ? withFreshAnnotation(attempt.object, applied) : attempt.object
  return { object: withManagedFields(object, encodeManaged(attempt.managed)) }
}

/** Stored entries; what an untracked object holds belongs to `before-first-apply`. */
function startingPoint({ kind, face, live, now, subresource }: ApplyRequest): Managed {
  const managed = decodeManaged(live?.metadata.managedFields) ?? new Map<string, ManagedEntry>()
  if (managed.size > 0 || live === undefined) return managed
  return trackedUpdate(
    {
      kind,
      face,
      object: withManagedFields(live, undefined),
      manager: 'before-first-apply',
      now,
      ...(subresource === undefined ? {} : { subresource }),
    },
    managed,
  )
}

function applyOnce(
  { kind, face, applied, manager, now, subresource }: ApplyRequest,
  shape: Shape,
  live: KubeObject | undefined,
  managed: Managed,
) {
  const apiVersion = apiVersionOf(face)
  const versions = versionsOf(kind)
  const ignored = resetFields(kind, subresource)
  const entry = {
    manager: manager === '' ? 'unknown' : manager,
    operation: 'Apply' as const,
    apiVersion,
    ...(subresource === undefined ? {} : { subresource }),
  }
  const id = identityOf(entry)
  const present = reconciled(managed, versions)
  const last = present.get(id)
  const before: object = live ?? {}
  const merged = merge(before, applied, shape)
  const spoken = fieldSet(applied, shape)
  const fields = ignored ? recursiveDifference(spoken, ignored) : spoken
  const claimed = new Map(present).set(id, { ...entry, fields })
  const after = prune(merged, apiVersion, claimed, last, versions)
  const moved = moveOwnership({ versions, apiVersion, before, after, ignored }, claimed, id)
  const object = withoutEmptied(after) as KubeObject
  const owned = difference(fields, NOT_TRACKED)
  if (owned === undefined) moved.managed.delete(id)
  else {
    const unchanged =
      last?.time !== undefined &&
      sameFields(last.fields, owned) &&
      sameJson(live && withoutEmptied(live), object)
    moved.managed.set(id, { ...entry, time: unchanged ? last.time : now, fields: owned })
  }
  return { object, managed: moved.managed, conflicts: moved.conflicts }
}

function refuseApplied({ face, kind, applied }: ApplyRequest, shape: Shape): Refusal | undefined {
  const expected = apiVersionOf(face)
  if (applied.kind !== kind.ref.kind) {
    const { group, version } = parseApiVersion(applied.apiVersion)
    return badRequest(`invalid object type: ${group}/${version}, Kind=${applied.kind}`)
  }
  if (applied.apiVersion !== expected) {
    return badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${applied.apiVersion}, expected: ${expected}`,
    )
  }
  if (applied.metadata.managedFields !== undefined && applied.metadata.managedFields !== null) {
    return badRequest('metadata.managedFields must be nil')
  }
  const errors = checkApplied(applied, shape)
  if (errors.length === 0) return undefined
  const { namespace = '', name } = applied.metadata
  const detail =
    errors.length === 1 ? errors[0] : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n')
  return badRequest(
    `failed to create typed patch object (${namespace}/${name}; ${expected}, Kind=${applied.kind}): ${detail}`,
  )
}

const badRequest = (message: string): Refusal => ({ code: 400, reason: 'BadRequest', message })
