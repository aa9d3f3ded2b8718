// Every request: who, what, may they, answer. Nothing thrown below leaves without a Status.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '../client.ts'
import type { Core } from '../pipeline/request.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { badRequest, methodNotAllowed, pathNotFound } from '../status-error.ts'
import { ANONYMOUS } from '../user.ts'
import { authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import type { Exchange } from './exchange.ts'
import type { Discovery } from './handle-discovery.ts'
import type { OpenApi } from './handle-openapi.ts'
import { handleResource } from './handle-resource.ts'
import { handleReview } from './handle-review.ts'
import { type Answer, addWarning, errorAnswer, objectAnswer, send, textAnswer } from './respond.ts'
import { parseResourcePath } from './route.ts'
import { versionDocument } from './version.ts'

export interface Handling
  extends Pick<
    ApiServerOptions,
    'tokens' | 'accountTokens' | 'podLogs' | 'podStreams' | 'settled' | 'report'
  > {
  readonly core: Core
  readonly discovery: Discovery
  readonly openApi: OpenApi
  readonly buildName: string
  readonly closing: AbortSignal
}

/** Answers one request; never throws. */
export async function handleRequest(
  handling: Handling,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Audit-Id', randomUUID())
  response.setHeader('Cache-Control', 'no-cache, private')
  // A client that goes away in the middle of an answer is no event.
  response.on('error', () => {})
  try {
    const url = parseUrl(request.url)
    const exchange: Exchange = {
      core: handling.core,
      request,
      response,
      path: url.pathname,
      query: url.searchParams,
      user: ANONYMOUS,
      ...(handling.podLogs ? { podLogs: handling.podLogs } : {}),
      ...(handling.accountTokens ? { accountTokens: handling.accountTokens } : {}),
      ...(handling.settled ? { settled: handling.settled } : {}),
      warn: (text) => addWarning(response, text),
      closing: handling.closing,
    }
    const user = await authenticate(request, handling.tokens)
    await route(handling, { ...exchange, user })
  } catch (thrown) {
    await fail(handling, request, response, thrown)
  }
}

function parseUrl(text = '/'): URL {
  try {
    return new URL(text.startsWith('/') ? `https://host${text}` : text)
  } catch {
    throw badRequest('the request target is not a valid URL')
  }
}

async function route(handling: Handling, exchange: Exchange): Promise<void> {
  const { path, request, response, user } = exchange
  const resource = parseResourcePath(path)
  if (resource) {
    if (await handleReview(exchange, resource, handling.tokens)) return
    return handleResource(exchange, resource)
  }
  const method = request.method ?? 'GET'
  authorize(user, { verb: method.toLowerCase(), path })
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(method, { group: '', plural: path })
  if (path === '/version' || path === '/version/') {
    return send(request, response, objectAnswer(200, versionDocument(handling.buildName), 'json', true))
  }
  const check = /^\/(healthz|livez|readyz)(\/.*)?$/.exec(path)
  if (check) {
    return send(request, response, healthAnswer(exchange, check[1] ?? ''))
  }
  if (path.startsWith('/openapi/') && (await handling.openApi.handle(exchange))) return
  if (await handling.discovery.handle(exchange)) return
  if (path === '/') {
    const paths = ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version']
    return send(request, response, objectAnswer(200, { paths }, 'json', true))
  }
  throw pathNotFound()
}

/** `ok`, or every check by name with `?verbose` or when one fails. Anybody may ask, so the reason is only in the log. */
function healthAnswer({ core, query }: Exchange, endpoint: string): Answer {
  const { problem } = core.store
  if (problem === undefined && !query.has('verbose')) return textAnswer(200, 'ok')
  const store = problem === undefined ? '[+]store ok' : '[-]store failed: reason withheld'
  const verdict = `${endpoint} check ${problem === undefined ? 'passed' : 'failed'}`
  return textAnswer(problem === undefined ? 200 : 500, `[+]ping ok\n${store}\n${verdict}\n`)
}

async function fail(
  handling: Handling,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): Promise<void> {
  if (request.destroyed && response.destroyed) return
  if (!(thrown instanceof ApiError)) {
    handling.report?.(
      `${request.method} ${request.url?.split('?')[0]}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    )
  }
  if (response.headersSent) {
    response.destroy()
    return
  }
  try {
    await send(request, response, errorAnswer(thrown))
  } catch {
    response.destroy()
  }
}
