// Every write to an object that exists: PUT, all patches, status, scale and finalize come together here.
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { keepTimestampsOfNoop, trackUpdate } from '../apply/track-update.ts'
import type { RuleContext } from '../kind.ts'
import { collectionOf } from '../registry.ts'
import { conflict, notFound } from '../status-error.ts'
import type { Transaction } from '../store/transaction.ts'
import { invalid, invalidObject } from '../validation/field-error.ts'
import { validateMetadataUpdate } from '../validation/metadata.ts'
import { admit } from './admit.ts'
import { checkBody } from './check-body.ts'
import { settleCrd } from './crd-rules.ts'
import { createIn } from './create.ts'
import { toStored } from './faces.ts'
import { raisesGeneration } from './generation.ts'
import { type Core, put, ruleContext, storeKey, type Target, type WriteOptions, write } from './request.ts'
import { sameJson, without } from './same-json.ts'

type Loose = KubeObject & {
  readonly spec?: { readonly finalizers?: readonly string[] }
  readonly status?: unknown
}

/** The update verb: resolves with the object in storage form, and whether it was created by it. Throws ApiError. */
export function update(
  core: Core,
  target: Target,
  body: KubeObject,
  options: WriteOptions,
): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
  return write(core, options.dryRun, (transaction) => {
    checkBody(target, body)
    const { kind, name = '' } = target
    const old = transaction.get(collectionOf(kind.ref), storeKey(target.namespace, name))?.object
    if (!old) {
      if (!kind.allowCreateOnUpdate || target.subresource) throw notFound(kind.ref, name)
      const fresh = { ...body, metadata: without(body.metadata, 'resourceVersion') as ObjectMeta }
      const created = createIn(core, transaction, target, fresh, options, false)
      return { object: created, created: true }
    }
    const unconditional = kind.allowUnconditionalUpdate ?? kind.builtin
    if (!body.metadata.resourceVersion && !unconditional) {
      throw invalidObject(kind.ref, name, [
        invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
      ])
    }
    const object = replaceIn(core, transaction, target, old, body, options, false)
    return { object, created: false }
  })
}

/**
 * Replaces `old` by `body` (in the request's face) as far as the subresource reaches, and stores the result unless nothing changes.
 * Returns it in storage form. `applied`: the body came from an apply and has its managedFields.
 */
export function replaceIn(
  core: Core,
  transaction: Transaction,
  target: Target,
  old: KubeObject,
  body: KubeObject,
  options: WriteOptions,
  applied: boolean,
): KubeObject {
  const { kind, face, subresource } = target
  checkPreconditions(target, old, body.metadata)
  const context = ruleContext(core, transaction, 'update', options, subresource)
  let object = toStored(kind, face, { ...body, metadata: systemFields(body.metadata, old.metadata) })
  if (kind.default) object = kind.default(object)
  object = within(target, object, old)
  if (!applied) {
    object = trackUpdate({
      kind,
      face,
      live: old,
      object,
      manager: options.fieldManager,
      now: context.now,
      ...(subresource ? { subresource } : {}),
    })
  }
  return settle(core, transaction, target, old, object, context, options)
}

/** Admission, the kind's rules, generation, and the store. */
function settle(
  core: Core,
  transaction: Transaction,
  target: Target,
  old: KubeObject,
  tracked: KubeObject,
  context: RuleContext,
  options: WriteOptions,
): KubeObject {
  const { kind, subresource } = target
  const key = storeKey(old.metadata.namespace, old.metadata.name)
  let object = admit(core, kind, tracked, old, context, options)
  if (kind.prepare) object = kind.prepare(object, old, context)
  const errors = [
    ...validateMetadataUpdate(object, old, {
      namespaced: kind.ref.namespaced,
      ...(kind.validateName ? { validateName: kind.validateName } : {}),
    }),
    ...(kind.validate?.(object, old, context) ?? []),
  ]
  if (errors.length > 0) throw invalidObject(kind.ref, old.metadata.name, errors)
  for (const text of kind.warnings?.(object, old) ?? []) options.warn(text)
  if (subresource !== 'status' && raisesGeneration(kind, object, old)) {
    const generation = (old.metadata.generation ?? 0) + 1
    object = { ...object, metadata: { ...object.metadata, generation } }
  }
  object = keepTimestampsOfNoop(settleCrd(core, object, context), old)
  if (endsNow(object as Loose)) {
    transaction.delete(collectionOf(kind.ref), key)
    return object
  }
  return sameJson(object, old) ? old : put(transaction, kind, key, object)
}

/** An object that was deleted gracefully goes once nothing holds it any more. */
function endsNow(object: Loose): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0) return false
  const held =
    object.kind === 'Namespace' && object.apiVersion === 'v1' ? (object.spec?.finalizers ?? []) : []
  return finalizers.length === 0 && held.length === 0
}

function checkPreconditions(target: Target, old: KubeObject, wanted: Partial<ObjectMeta>): void {
  const { kind, name = '' } = target
  const { uid, resourceVersion } = wanted
  if (uid && uid !== old.metadata.uid) {
    throw conflict(
      kind.ref,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    )
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind.ref, name)
}

/** What a client cannot change is taken from the stored object; a name, namespace or creationTimestamp that differs is left for validation to refuse. */
function systemFields(meta: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const kept: Record<string, unknown> = {
    ...without(meta as ObjectMeta & { selfLink?: string }, 'selfLink'),
    name: meta.name || old.name,
    creationTimestamp: meta.creationTimestamp ?? old.creationTimestamp,
  }
  if (old.namespace !== undefined) kept['namespace'] = meta.namespace || old.namespace
  for (const key of [
    'uid',
    'resourceVersion',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const) {
    if (old[key] === undefined) delete kept[key]
    else kept[key] = old[key]
  }
  return kept as unknown as ObjectMeta
}

/** Limits an update to what its subresource may change. */
function within({ kind, subresource }: Target, object: Loose, old: Loose): KubeObject {
  const metadata = {
    ...old.metadata,
    ...(object.metadata.managedFields ? { managedFields: object.metadata.managedFields } : {}),
  }
  switch (subresource) {
    case 'status': {
      const { status } = object
      return { ...without(old, 'status'), ...(status === undefined ? {} : { status }), metadata } as Loose
    }
    case 'finalize': {
      const finalizers = object.spec?.finalizers
      const spec = { ...without(old.spec ?? {}, 'finalizers'), ...(finalizers ? { finalizers } : {}) }
      return { ...old, metadata, spec } as Loose
    }
    case 'scale':
      return object
    default: {
      if (!kind.subresources.status) return object
      const rest = without(object, 'status')
      return (old.status === undefined ? rest : { ...rest, status: old.status }) as Loose
    }
  }
}
