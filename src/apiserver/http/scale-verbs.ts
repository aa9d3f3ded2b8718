// GET, PUT and PATCH on the scale subresource.
import { type DecodeTarget, decodeBody, decodeValue, mediaType, parseBody } from '../codec/decode-body.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { applyPatch, JSON_PATCH, MERGE_PATCH, type PatchType } from '../patch/apply-patch.ts'
import { show } from '../pipeline/faces.ts'
import { get } from '../pipeline/read.ts'
import type { Target } from '../pipeline/request.ts'
import { rescale, type Scale, scaleOf } from '../pipeline/scale.ts'
import {
  badRequest,
  invalidOptions,
  methodNotAllowed,
  refused,
  unsupportedMediaType,
} from '../status-error.ts'
import { invalid } from '../validation/field-error.ts'
import type { Exchange } from './exchange.ts'
import { negotiate } from './negotiate.ts'
import { readBody } from './read-body.ts'
import { reply } from './read-verbs.ts'
import { writeOptions } from './write-options.ts'

type ScalePaths = NonNullable<KindDefinition['subresources']['scale']>

function decodeAs(): DecodeTarget {
  const schema = builtinSchema('autoscaling', 'v1', 'Scale')
  return { group: 'autoscaling', version: 'v1', kind: 'Scale', schema, builtin: true }
}

/** Throws ApiError; other methods are 405. */
export async function scaleVerb(exchange: Exchange, target: Target, paths: ScalePaths): Promise<void> {
  const { core, request } = exchange
  const contentType = request.headers['content-type']
  const answer = (object: Awaited<ReturnType<typeof get>>): Promise<void> =>
    reply(
      exchange,
      200,
      { format: { media: negotiate(request.headers.accept).media } },
      scaleOf(show(target.kind, target.face, object), paths),
    )
  if (request.method === 'GET') return answer(await get(core, target))
  if (request.method === 'PUT') {
    const options = writeOptions(exchange, 'UpdateOptions')
    const body = await readBody(request)
    const { object } = decodeBody({
      contentType,
      body,
      fieldValidation: options.fieldValidation,
      target: decodeAs(),
    })
    if (object.metadata.name && object.metadata.name !== target.name) {
      throw badRequest(
        `the name of the object (${object.metadata.name}) does not match the name on the URL (${target.name})`,
      )
    }
    return answer(await rescale(core, target, paths, () => checked(object as Scale), options))
  }
  if (request.method !== 'PATCH') throw methodNotAllowed(request.method ?? '', target.kind.ref)
  const options = writeOptions(exchange, 'PatchOptions')
  const type = mediaType(contentType)
  // A strategic merge of a Scale is a merge: it has no lists.
  const isPatch =
    type === JSON_PATCH || type === MERGE_PATCH || type === 'application/strategic-merge-patch+json'
  if (!isPatch) throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH])
  const into = decodeAs()
  const { value, duplicates } = parseBody(type, await readBody(request), into)
  const change = (scale: Scale): Scale => {
    const outcome = applyPatch(type as PatchType, scale, value, into.schema)
    if (outcome.refusal) throw refused(target.kind.ref, target.name ?? '', outcome.refusal)
    return checked(decodeValue(outcome.object, into, options.fieldValidation, duplicates).object as Scale)
  }
  return answer(await rescale(core, target, paths, change, options))
}

function checked(scale: Scale): Scale {
  const replicas = scale.spec?.replicas ?? 0
  if (replicas >= 0) return scale
  throw invalidOptions('Scale', [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')])
}
