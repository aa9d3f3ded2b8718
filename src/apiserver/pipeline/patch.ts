// The patch verb: JSON, merge and strategic merge patches, and server-side apply.
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { applyServerSide } from '../apply/apply-server-side.ts'
import { type DecodeTarget, decodeValue } from '../codec/decode-body.ts'
import { applyPatch, type PatchType } from '../patch/apply-patch.ts'
import type { Outcome } from '../refusal.ts'
import { collectionOf } from '../registry.ts'
import { notFound, refused } from '../status-error.ts'
import type { Transaction } from '../store/transaction.ts'
import { checkBody } from './check-body.ts'
import { createIn } from './create.ts'
import { show } from './faces.ts'
import { type Core, storeKey, type Target, timestamp, type WriteOptions, write } from './request.ts'
import { without } from './same-json.ts'
import { replaceIn } from './update.ts'

/** A parsed patch body. `duplicates` are the paths that its parser found twice. */
export interface Patch {
  readonly type: PatchType
  readonly body: unknown
  readonly duplicates?: readonly string[]
}

/** What decoding needs to know of a face. */
export function decodeTarget({ kind, face }: Pick<Target, 'kind' | 'face'>): DecodeTarget {
  return {
    group: face.group,
    version: face.version,
    kind: kind.ref.kind,
    schema: face.schema,
    builtin: kind.builtin,
  }
}

/** Patches an object that exists; resolves with it in storage form. Races cannot happen: read and write are one step. Throws ApiError. */
export function patch(core: Core, target: Target, change: Patch, options: WriteOptions): Promise<KubeObject> {
  const { kind, face, name = '' } = target
  return write(core, options.dryRun, (transaction) => {
    const old = stored(transaction, target)
    if (!old) throw notFound(kind.ref, name)
    const live = show(kind, face, old)
    const patched = accepted(target, applyPatch(change.type, live, change.body, face.schema))
    const { object, warnings } = decodeValue(
      patched,
      decodeTarget(target),
      options.fieldValidation,
      change.duplicates,
    )
    warnings.forEach(options.warn)
    return replaceIn(core, transaction, target, old, object, options, false)
  })
}

/** Server-side apply of a decoded body: creates the object when it is missing. Throws ApiError, 409 with causes on conflicts. */
export function apply(
  core: Core,
  target: Target,
  applied: KubeObject,
  options: WriteOptions & { readonly force: boolean },
): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
  const { kind, face, name = '', subresource } = target
  return write(core, options.dryRun, (transaction) => {
    checkBody(target, applied)
    const old = stored(transaction, target)
    if (!old && subresource) throw notFound(kind.ref, name)
    const merged = accepted(
      target,
      applyServerSide({
        kind,
        face,
        ...(old ? { live: old } : {}),
        applied,
        manager: options.fieldManager,
        force: options.force,
        now: timestamp(core.now()),
        ...(subresource ? { subresource } : {}),
      }),
    )
    if (old) {
      const object = replaceIn(core, transaction, target, old, merged, options, true)
      return { object, created: false }
    }
    const fresh = { ...merged, metadata: without(merged.metadata, 'uid') as ObjectMeta }
    const object = createIn(core, transaction, target, fresh, options, true)
    return { object, created: true }
  })
}

function stored(transaction: Transaction, { kind, namespace, name = '' }: Target): KubeObject | undefined {
  return transaction.get(collectionOf(kind.ref), storeKey(namespace, name))?.object
}

function accepted({ kind, name = '' }: Target, outcome: Outcome<KubeObject>): KubeObject {
  if (outcome.refusal) throw refused(kind.ref, name, outcome.refusal)
  return outcome.object
}
