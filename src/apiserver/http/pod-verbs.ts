// What only pods have: their log, and eviction.
import type { KubeObject } from '../../resources/object.ts'
import { decodeBody } from '../codec/decode-body.ts'
import { builtinSchema } from '../openapi/builtin-schema.ts'
import { type DeleteOptions, remove } from '../pipeline/delete.ts'
import { flag, number } from '../pipeline/list-options.ts'
import { get } from '../pipeline/read.ts'
import type { Target } from '../pipeline/request.ts'
import type { PodLogOptions } from '../pod-logs.ts'
import { apiError, badRequest } from '../status-error.ts'
import type { Exchange } from './exchange.ts'
import { readBody } from './read-body.ts'
import { objectAnswer, send } from './respond.ts'
import { writeOptions } from './write-options.ts'

/** GET pods/NAME/log: plain text, for as long as the log goes on when it is followed. */
export async function logVerb(exchange: Exchange, target: Target): Promise<void> {
  const { core, podLogs, response, query, closing } = exchange
  const pod = await get(core, target)
  if (!podLogs) throw apiError(501, 'NotImplemented', 'this server has no pods whose logs it could show')
  const log = await podLogs(pod.metadata.namespace ?? '', pod.metadata.name, logOptions(query))
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.flushHeaders()
  const iterator = log[Symbol.asyncIterator]()
  const stop = (): void => {
    iterator.return?.()?.catch(() => {})
    response.end()
  }
  response.once('close', stop)
  closing.addEventListener('abort', stop)
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      if (response.destroyed || response.writableEnded) break
      if (!response.write(next.value)) await drained(response)
    }
  } finally {
    closing.removeEventListener('abort', stop)
    response.off('close', stop)
    response.end()
  }
}

function drained(response: Exchange['response']): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

/** Throws 400 for what makes no sense. */
function logOptions(query: URLSearchParams): PodLogOptions {
  const options: Record<string, unknown> = {
    container: query.get('container') || undefined,
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    tailLines: number(query, 'tailLines'),
    sinceSeconds: number(query, 'sinceSeconds'),
    sinceTime: query.get('sinceTime') || undefined,
    timestamps: flag(query, 'timestamps'),
    limitBytes: number(query, 'limitBytes'),
  }
  for (const key of Object.keys(options)) if (options[key] === undefined) delete options[key]
  const chosen = options as PodLogOptions
  if (chosen.sinceSeconds !== undefined && chosen.sinceTime !== undefined) {
    throw badRequest('at most one of sinceTime or sinceSeconds may be specified')
  }
  if ((chosen.tailLines ?? 0) < 0) throw badRequest('tailLines must be greater than or equal to 0')
  if ((chosen.limitBytes ?? 1) < 1) throw badRequest('limitBytes must be greater than 0')
  if ((chosen.sinceSeconds ?? 1) < 1) throw badRequest('sinceSeconds must be greater than 0')
  return chosen
}

/** POST pods/NAME/eviction: a delete with the options that the Eviction carries (no disruption budgets are served yet). */
export async function evictionVerb(exchange: Exchange, target: Target): Promise<void> {
  const { object } = decodeBody({
    contentType: exchange.request.headers['content-type'],
    body: await readBody(exchange.request),
    fieldValidation: 'Ignore',
    target: {
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      schema: builtinSchema('policy', 'v1', 'Eviction'),
      builtin: true,
    },
  })
  const { metadata, deleteOptions = {} } = object as KubeObject & { deleteOptions?: DeleteOptions }
  if (metadata.name && metadata.name !== target.name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  await remove(exchange.core, target, deleteOptions, writeOptions(exchange, 'CreateOptions'))
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
  await send(exchange.request, exchange.response, objectAnswer(201, status))
}
