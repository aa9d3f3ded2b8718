// POST, PUT, PATCH and DELETE on resources.
import type { KubeObject } from '../../resources/object.ts'
import { decodeApplied, decodeBody, mediaType, parseBody } from '../codec/decode-body.ts'
import { JSON_PATCH, MERGE_PATCH, type PatchType, STRATEGIC_MERGE_PATCH } from '../patch/apply-patch.ts'
import { create } from '../pipeline/create.ts'
import { remove, removeAll } from '../pipeline/delete.ts'
import { flag, listOptions } from '../pipeline/list-options.ts'
import { apply, decodeTarget, patch } from '../pipeline/patch.ts'
import { select } from '../pipeline/read.ts'
import type { Target, WriteOptions } from '../pipeline/request.ts'
import { update } from '../pipeline/update.ts'
import { invalidOptions, unsupportedMediaType } from '../status-error.ts'
import { forbidden, required } from '../validation/field-error.ts'
import { deleteOptions } from './delete-options.ts'
import type { Exchange } from './exchange.ts'
import { presentList, presentObject } from './present.ts'
import { readBody } from './read-body.ts'
import { presentation, reply } from './read-verbs.ts'
import { writeOptions } from './write-options.ts'

const APPLY_PATCH = 'application/apply-patch+yaml'

export async function createVerb(exchange: Exchange, target: Target): Promise<void> {
  const options = writeOptions(exchange, 'CreateOptions')
  const body = await decoded(exchange, target, options)
  await answer(exchange, target, 201, await create(exchange.core, target, body, options))
}

export async function updateVerb(exchange: Exchange, target: Target): Promise<void> {
  const options = writeOptions(exchange, 'UpdateOptions')
  const body = await decoded(exchange, target, options)
  const { object, created } = await update(exchange.core, target, body, options)
  await answer(exchange, target, created ? 201 : 200, object)
}

export async function patchVerb(exchange: Exchange, target: Target): Promise<void> {
  const options = writeOptions(exchange, 'PatchOptions')
  const { headers } = exchange.request
  const type = mediaType(headers['content-type'])
  const force = flag(exchange.query, 'force')
  if (type === APPLY_PATCH) {
    if (!exchange.query.get('fieldManager')) {
      throw invalidOptions('PatchOptions', [required('fieldManager', 'is required for apply patch')])
    }
    const into = decodeTarget(target)
    const { value, duplicates } = parseBody(type, await readBody(exchange.request), into)
    const { object: applied, warnings } = decodeApplied(value, into, options.fieldValidation, duplicates)
    warnings.forEach(exchange.warn)
    const how = { ...options, force: force ?? false }
    const { object, created } = await apply(exchange.core, target, applied, how)
    await answer(exchange, target, created ? 201 : 200, object)
    return
  }
  const accepted = patchTypes(target)
  if (!accepted.some((one) => one === type)) throw unsupportedMediaType([...accepted, APPLY_PATCH])
  if (force !== undefined) {
    throw invalidOptions('PatchOptions', [forbidden('force', 'may not be specified for non-apply patch')])
  }
  const { value, duplicates } = parseBody(type, await readBody(exchange.request), decodeTarget(target))
  const change = { type: type as PatchType, body: value, duplicates }
  await answer(exchange, target, 200, await patch(exchange.core, target, change, options))
}

/** Custom kinds have no strategic merge: their schemas say nothing of it. */
function patchTypes(target: Pick<Target, 'kind'>): readonly PatchType[] {
  return target.kind.builtin ? [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH] : [JSON_PATCH, MERGE_PATCH]
}

export async function deleteVerb(exchange: Exchange, target: Target): Promise<void> {
  const how = await bodyOptions(exchange)
  const options = { ...writeOptions(exchange, 'DeleteOptions'), dryRun: how.dryRun }
  const { object, gone } = await remove(exchange.core, target, how, options)
  if (!gone || target.kind.deleteReturnsObject) {
    await answer(exchange, target, 200, object)
    return
  }
  await exchange.settled?.(target.kind.ref)
  const { group, plural } = target.kind.ref
  const details = {
    name: object.metadata.name,
    ...(group === '' ? {} : { group }),
    kind: plural,
    uid: object.metadata.uid,
  }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
  await reply(exchange, 200, presentation(exchange, target), status)
}

export async function deleteCollectionVerb(exchange: Exchange, target: Target): Promise<void> {
  const how = await bodyOptions(exchange)
  const options = { ...writeOptions(exchange, 'DeleteOptions'), dryRun: how.dryRun }
  const chosen = select(exchange.core, target, listOptions(exchange.query))
  const items = await removeAll(exchange.core, target, chosen, how, options)
  const shape = presentation(exchange, target)
  const page = { items, resourceVersion: String(exchange.core.store.revision) }
  await reply(exchange, 200, shape, presentList({ ...shape, now: exchange.core.now() }, page))
}

/** Sends an object that was written as the client wants to see it. */
export async function answer(
  exchange: Exchange,
  target: Target,
  code: number,
  object: KubeObject,
): Promise<void> {
  await exchange.settled?.(target.kind.ref)
  const how = presentation(exchange, target)
  await reply(exchange, code, how, presentObject({ ...how, now: exchange.core.now() }, object))
}

async function decoded(exchange: Exchange, target: Target, options: WriteOptions): Promise<KubeObject> {
  const { object, warnings } = decodeBody({
    contentType: exchange.request.headers['content-type'],
    body: await readBody(exchange.request),
    fieldValidation: options.fieldValidation,
    target: decodeTarget(target),
  })
  warnings.forEach(exchange.warn)
  return object
}

async function bodyOptions(exchange: Exchange): Promise<ReturnType<typeof deleteOptions>> {
  const { request, query } = exchange
  return deleteOptions(await readBody(request), request.headers['content-type'], query)
}
