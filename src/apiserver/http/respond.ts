// Writes answers: status, headers, body in the negotiated form, compressed when large.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { stringify } from 'yaml'
import { ApiError } from '../client.ts'
import { apiError } from '../status-error.ts'
import { parseAccept } from './negotiate.ts'

const compress = promisify(gzip)
const COMPRESS_FROM_BYTES = 128 * 1024

export interface Answer {
  readonly code: number
  readonly body: Uint8Array
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer with a JSON (or YAML) body. `pretty` indents it for people. */
export function objectAnswer(
  code: number,
  object: object,
  media: 'json' | 'yaml' = 'json',
  pretty = false,
): Answer {
  const text = media === 'yaml' ? stringify(object) : `${JSON.stringify(object, undefined, pretty ? 2 : 0)}\n`
  return { code, body: Buffer.from(text), contentType: `application/${media}` }
}

/** An answer of plain text. */
export function textAnswer(code: number, text: string): Answer {
  return { code, body: Buffer.from(text), contentType: 'text/plain; charset=utf-8' }
}

/** The Status of an error; anything but an ApiError is a bug and becomes a 500 without details of the inside. */
export function errorAnswer(thrown: unknown): Answer {
  const error =
    thrown instanceof ApiError ? thrown : apiError(500, 'InternalError', 'Internal error occurred')
  const status =
    Object.keys(error.status).length > 0
      ? error.status
      : apiError(error.code, error.reason, error.message).status
  const answer = objectAnswer(error.code, status)
  const { details } = status as { details?: { retryAfterSeconds?: number } }
  const retry = details?.retryAfterSeconds
  return retry === undefined ? answer : { ...answer, headers: { 'Retry-After': String(retry) } }
}

/** Sends an answer; compresses a large one for a client that takes gzip. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  let body: Uint8Array = answer.body
  if (body.length >= COMPRESS_FROM_BYTES && takesGzip(request)) {
    body = await compress(body, { level: 1 })
    response.setHeader('Content-Encoding', 'gzip')
    response.appendHeader('Vary', 'Accept-Encoding')
  }
  response.setHeader('Content-Type', answer.contentType)
  if (answer.code !== 304) response.setHeader('Content-Length', body.length)
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  response.writeHead(answer.code)
  if (request.method === 'HEAD' || answer.code === 304) response.end()
  else response.end(body)
}

/** Adds a Warning header (RFC 7234 5.5, code 299), once per text. */
export function addWarning(response: ServerResponse, text: string): void {
  const quoted = JSON.stringify(text.replace(/[\r\n\t]+/g, ' ')).replace(/\\[^"\\]/g, ' ')
  const value = `299 - ${Buffer.from(quoted, 'utf8').toString('latin1')}`
  const present = response.getHeader('Warning')
  const all = Array.isArray(present) ? present : []
  if (!all.includes(value)) response.setHeader('Warning', [...all, value])
}

function takesGzip(request: IncomingMessage): boolean {
  const header = request.headers['accept-encoding']
  return header !== undefined && parseAccept(String(header)).some(({ type }) => type === 'gzip')
}
