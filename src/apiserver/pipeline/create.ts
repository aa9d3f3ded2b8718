// The create verb: from a decoded body to a stored object.
import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '../../resources/object.ts'
import { trackUpdate } from '../apply/track-update.ts'
import { collectionOf } from '../registry.ts'
import { alreadyExists, badRequest } from '../status-error.ts'
import type { Transaction } from '../store/transaction.ts'
import { invalidObject } from '../validation/field-error.ts'
import { validateMetadata } from '../validation/metadata.ts'
import { admit, admitToNamespace } from './admit.ts'
import { checkBody } from './check-body.ts'
import { refuseTerminatingKind, settleCrd } from './crd-rules.ts'
import { toStored } from './faces.ts'
import { generateName } from './generate-name.ts'
import { keepsGeneration } from './generation.ts'
import { type Core, put, ruleContext, storeKey, type Target, type WriteOptions, write } from './request.ts'
import { without } from './same-json.ts'

const NAME_ATTEMPTS = 8

/** Creates what the body (in the request's face) says; resolves with the object in storage form. Throws ApiError. */
export function create(
  core: Core,
  target: Target,
  body: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  return write(core, options.dryRun, (transaction) =>
    createIn(core, transaction, target, body, options, false),
  )
}

/** The same inside a transaction. `applied`: the body came from an apply and has its managedFields. */
export function createIn(
  core: Core,
  transaction: Transaction,
  target: Target,
  body: KubeObject,
  options: WriteOptions,
  applied: boolean,
): KubeObject {
  const { kind, face } = target
  checkBody(target, body)
  if (body.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  const context = ruleContext(core, transaction, 'create', options)
  refuseTerminatingKind(kind, context)
  const collection = collectionOf(kind.ref)
  const taken = (name: string): boolean =>
    transaction.get(collection, storeKey(target.namespace, name)) !== undefined

  const name = chooseName(body.metadata, taken)
  if (target.namespace !== undefined) admitToNamespace(kind, name, target.namespace, context)
  const metadata: ObjectMeta = {
    ...without(
      body.metadata,
      'resourceVersion',
      'generation',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
      'namespace',
    ),
    name,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    uid: randomUUID(),
    creationTimestamp: context.now,
    ...(keepsGeneration(kind) ? { generation: 1 } : {}),
  }
  let object: KubeObject = { ...toStored(kind, face, { ...body, metadata }) }
  if (kind.subresources.status) object = without(object as KubeObject & { status?: unknown }, 'status')
  if (kind.default) object = kind.default(object)
  if (!applied) {
    object = trackUpdate({ kind, face, object, manager: options.fieldManager, now: context.now })
  }
  object = admit(core, kind, object, undefined, context, options)
  if (kind.prepare) object = kind.prepare(object, undefined, context)
  const errors = [
    ...validateMetadata(object, { namespaced: kind.ref.namespaced, ...nameRule(kind) }),
    ...(kind.validate?.(object, undefined, context) ?? []),
  ]
  if (errors.length > 0) throw invalidObject(kind.ref, name, errors)
  if (taken(name)) throw alreadyExists(kind.ref, name)
  for (const text of kind.warnings?.(object, undefined) ?? []) options.warn(text)
  return put(transaction, kind, storeKey(target.namespace, name), settleCrd(core, object, context))
}

function chooseName(meta: ObjectMeta, taken: (name: string) => boolean): string {
  if (meta.name) return meta.name
  if (!meta.generateName) return ''
  let name = generateName(meta.generateName)
  for (let attempt = 1; attempt < NAME_ATTEMPTS && taken(name); attempt++) {
    name = generateName(meta.generateName)
  }
  return name
}

function nameRule(kind: Target['kind']): { validateName?: (name: string) => string | undefined } {
  return kind.validateName ? { validateName: kind.validateName } : {}
}
