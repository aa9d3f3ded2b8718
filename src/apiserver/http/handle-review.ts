// POST on the kinds that are answered and not stored.
import { decodeBody } from '../codec/decode-body.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { answerReview } from '../review/review.ts'
import { reviewKinds } from '../review/review-kinds.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { methodNotAllowed } from '../status-error.ts'
import { authorize } from './authorize.ts'
import type { Exchange } from './exchange.ts'
import { negotiate } from './negotiate.ts'
import { readBody } from './read-body.ts'
import { reply } from './read-verbs.ts'
import type { ResourcePath } from './route.ts'

/** False when the path names no review. Throws ApiError. */
export async function handleReview(
  exchange: Exchange,
  path: ResourcePath,
  tokens: ApiServerOptions['tokens'],
): Promise<boolean> {
  const kind = reviewKinds.find(
    ({ group, version, plural }) =>
      group === path.group && version === path.version && plural === path.plural,
  )
  if (!kind || path.name !== undefined) return false
  const { request, user } = exchange
  if (request.method !== 'POST') throw methodNotAllowed(request.method ?? '', kind)
  authorize(user, { verb: 'create', group: kind.group, resource: kind.plural })
  const { group, version, kind: name } = kind
  const { object } = decodeBody({
    contentType: request.headers['content-type'],
    body: await readBody(request),
    fieldValidation: 'Ignore',
    target: { group, version, kind: name, schema: builtinSchema(group, version, name), builtin: true },
  })
  const format = { media: negotiate(request.headers.accept).media }
  await reply(exchange, 201, { format }, await answerReview(object, user, exchange.core.now(), tokens))
  return true
}
