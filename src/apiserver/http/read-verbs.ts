// GET on resources: one object, a list, a watch.
import { flag, listOptions } from '../pipeline/list-options.ts'
import { get, list } from '../pipeline/read.ts'
import type { Target } from '../pipeline/request.ts'
import { badRequest } from '../status-error.ts'
import type { Exchange } from './exchange.ts'
import { negotiate } from './negotiate.ts'
import { type Presentation, presentList, presentObject } from './present.ts'
import { objectAnswer, send } from './respond.ts'
import { streamWatch } from './watch-stream.ts'

/** Answers one object. */
export async function getVerb(exchange: Exchange, target: Target): Promise<void> {
  const how = presentation(exchange, target)
  const object = await get(exchange.core, target, exchange.query.get('resourceVersion') || undefined)
  await reply(exchange, 200, how, presentObject({ ...how, now: exchange.core.now() }, object))
}

/** Answers a list, or a watch when the query (or the old path form) asks for one. A watch of one name is a watch of the list with that name selected. */
export async function listVerb(exchange: Exchange, target: Target, watching: boolean): Promise<void> {
  const how = presentation(exchange, target)
  const options = listOptions(exchange.query)
  if (watching || flag(exchange.query, 'watch')) {
    const { name } = target
    const fieldSelector = [options.fieldSelector, name === undefined ? undefined : `metadata.name=${name}`]
      .filter(Boolean)
      .join(',')
    await streamWatch(exchange, target, { ...options, ...(fieldSelector ? { fieldSelector } : {}) }, how)
    return
  }
  const page = await list(exchange.core, target, options)
  await reply(exchange, 200, how, presentList({ ...how, now: exchange.core.now() }, page))
}

/** How this client wants objects of the target. Throws 406 or 400. */
export function presentation(exchange: Exchange, target: Target): Omit<Presentation, 'now'> {
  const include = exchange.query.get('includeObject') || 'Metadata'
  if (include !== 'None' && include !== 'Metadata' && include !== 'Object') {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`)
  }
  return { target, format: negotiate(exchange.request.headers.accept), includeObject: include }
}

/** Sends a body in the media type that the client wants. */
export function reply(
  exchange: Exchange,
  code: number,
  how: Pick<Presentation, 'format'>,
  body: object,
): Promise<void> {
  const pretty = flag(exchange.query, 'pretty') ?? false
  return send(exchange.request, exchange.response, objectAnswer(code, body, how.format.media, pretty))
}
