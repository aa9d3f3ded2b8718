// The delete verbs. An object with finalizers or a grace period is marked and stays until nothing holds it; others go at once.
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { isEstablished } from '../crd/crd-status.ts'
import { collectionOf } from '../registry.ts'
import { conflict, notFound } from '../status-error.ts'
import type { Transaction } from '../store/transaction.ts'
import { admit, admitNamespaceDeletion } from './admit.ts'
import { CRD_FINALIZER, isCrd, settleCrd } from './crd-rules.ts'
import { keepsGeneration } from './generation.ts'
import {
  type Core,
  put,
  ruleContext,
  storeKey,
  type Target,
  timestamp,
  type WriteOptions,
  write,
} from './request.ts'
import { without } from './same-json.ts'

/** meta/v1 DeleteOptions, the parts that decide something. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  /** Before propagationPolicy existed: true is Orphan. */
  readonly orphanDependents?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface Deleted {
  /** As it was last, or as it is while it waits for its end; in storage form. */
  readonly object: KubeObject
  readonly gone: boolean
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** Deletes one object. Throws ApiError. */
export function remove(
  core: Core,
  target: Target,
  how: DeleteOptions,
  options: WriteOptions,
): Promise<Deleted> {
  return write(core, options.dryRun, (transaction) => removeIn(core, transaction, target, how, options))
}

/** Deletes the given objects of one kind; those that are gone meanwhile are skipped. Resolves with them in storage form. */
export function removeAll(
  core: Core,
  target: Target,
  objects: readonly KubeObject[],
  how: DeleteOptions,
  options: WriteOptions,
): Promise<readonly KubeObject[]> {
  return write(core, options.dryRun, (transaction) =>
    objects.flatMap(({ metadata: { name, namespace } }) => {
      const one: Target = { ...target, name, ...(namespace === undefined ? {} : { namespace }) }
      const exists = transaction.get(collectionOf(target.kind.ref), storeKey(namespace, name))
      if (!exists) return []
      return [removeIn(core, transaction, one, how, options).object]
    }),
  )
}

function removeIn(
  core: Core,
  transaction: Transaction,
  target: Target,
  how: DeleteOptions,
  options: WriteOptions,
): Deleted {
  const { kind, name = '' } = target
  const [collection, key] = [collectionOf(kind.ref), storeKey(target.namespace, name)]
  const old = transaction.get(collection, key)?.object
  if (!old) throw notFound(kind.ref, name)
  checkPreconditions(target, old.metadata, how)
  admitNamespaceDeletion(kind, name)
  const context = ruleContext(core, transaction, 'delete', options)
  admit(core, kind, old, old, context, options)

  const grace = gracePeriod(target, old, how)
  const finalizers = finalizersOf(old, how)
  const held = finalizers.length > 0 || namespaceIsHeld(old)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = old.metadata
  if (grace === 0 && !held) {
    transaction.delete(collection, key)
    return { object: old, gone: true }
  }
  const shorter = deletionTimestamp === undefined || grace < deletionGracePeriodSeconds
  if (!shorter && sameList(finalizers, old.metadata.finalizers ?? [])) return { object: old, gone: false }
  const marked: ObjectMeta = {
    ...without(old.metadata, 'finalizers'),
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(shorter
      ? {
          deletionTimestamp: timestamp(core.now() + grace * 1000),
          deletionGracePeriodSeconds: grace,
          ...(keepsGeneration(kind) ? { generation: (old.metadata.generation ?? 0) + 1 } : {}),
        }
      : {}),
  }
  const waiting = settleCrd(core, terminating({ ...old, metadata: marked }), context)
  return { object: put(transaction, kind, key, waiting), gone: false }
}

function checkPreconditions({ kind, name = '' }: Target, meta: ObjectMeta, how: DeleteOptions): void {
  const { uid, resourceVersion } = how.preconditions ?? {}
  if (uid && uid !== meta.uid) {
    throw conflict(
      kind.ref,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${meta.uid}`,
    )
  }
  if (resourceVersion && resourceVersion !== meta.resourceVersion) {
    throw conflict(
      kind.ref,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${meta.resourceVersion}`,
    )
  }
}

/** Seconds: what the kind wants, unless the client says otherwise; kinds (and objects) that end at once cannot be made to wait. */
function gracePeriod({ kind }: Target, old: KubeObject, how: DeleteOptions): number {
  const natural = kind.gracePeriod?.(old) ?? 0
  if (natural === 0) return 0
  const asked = how.gracePeriodSeconds
  return asked === undefined ? natural : asked < 0 ? 1 : asked
}

/** The finalizers after the propagation policy had its say: the garbage collector takes its own two away again. */
function finalizersOf(old: KubeObject, how: DeleteOptions): readonly string[] {
  const present = old.metadata.finalizers ?? []
  const policy =
    how.propagationPolicy ??
    (how.orphanDependents === undefined ? undefined : how.orphanDependents ? 'Orphan' : 'Background')
  const others = present.filter((one) => one !== ORPHAN && one !== FOREGROUND)
  const chosen =
    policy === undefined
      ? present
      : policy === 'Orphan'
        ? [...others, ORPHAN]
        : policy === 'Foreground'
          ? [...others, FOREGROUND]
          : others
  const crd = isCrd(old) && isEstablished(old) && old.metadata.deletionTimestamp === undefined
  return crd && !chosen.includes(CRD_FINALIZER) ? [...chosen, CRD_FINALIZER] : chosen
}

function namespaceIsHeld(object: KubeObject): boolean {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return false
  const { spec } = object as KubeObject & { spec?: { finalizers?: readonly string[] } }
  return (spec?.finalizers ?? []).length > 0
}

/** A namespace says in its phase that it is on its way out. */
function terminating(object: KubeObject): KubeObject {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return object
  const { status } = object as KubeObject & { status?: object }
  return { ...object, status: { ...status, phase: 'Terminating' } } as KubeObject
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
