// One request and its answer, as the endpoints of httpbin see it.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Bodies above this are refused with 413. */
const MAX_BODY = 32 * 1024 * 1024

/** `python`: kennethreitz/httpbin (one value per key, proxy headers hidden); `go`: mccutchen/go-httpbin (lists of values, everything shown). */
export type Flavour = 'python' | 'go'

export interface Exchange {
  readonly flavour: Flavour
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** The parts that the route's pattern named, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  /** The whole body; read once. */
  readonly body: () => Promise<Buffer>
}

/** Thrown by endpoints for input they refuse. */
export class BadRequest extends Error {
  readonly status: number
  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

export type Headers = Readonly<Record<string, string | readonly string[]>>

/** Sends a whole body. */
export function send(
  exchange: Exchange,
  status: number,
  body: string | Buffer = '',
  headers: Headers = {},
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  for (const [name, value] of Object.entries(headers)) {
    exchange.response.setHeader(name, typeof value === 'string' ? value : [...value])
  }
  if (status !== 204 && status !== 304) exchange.response.setHeader('content-length', bytes.length)
  exchange.response.statusCode = status
  exchange.response.end(status === 204 || status === 304 ? undefined : bytes)
}

/** Sends JSON as httpbin prints it: keys in alphabetical order, two spaces, newline at the end. */
export function sendJson(exchange: Exchange, value: unknown, status = 200, headers: Headers = {}): void {
  send(exchange, status, jsonText(value), { 'content-type': 'application/json', ...headers })
}

/** The JSON text of a value with its keys sorted. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, (_, one: unknown) => (isPlain(one) ? sortKeys(one) : one), 2)}\n`
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Reads a request's body; rejects with 413 above the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new BadRequest('Request body too large', 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A whole number from a path or query value, forced into a range; `fallback` when absent. Throws 400 when it is no number. */
export function integer(
  text: string | null | undefined,
  range: { min: number; max: number },
  fallback = 0,
): number {
  if (text === null || text === undefined || text === '') return fallback
  const value = Number(text)
  if (!/^-?\d+$/.test(text)) throw new BadRequest(`invalid number: ${text}`)
  return Math.min(range.max, Math.max(range.min, value))
}

/** Seconds with fractions, forced into a range. */
export function seconds(text: string | null | undefined, max: number, fallback = 0): number {
  if (text === null || text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new BadRequest(`invalid duration: ${text}`)
  return Math.min(max, value)
}

/** Waits, but no longer than the client does. */
export function wait(exchange: Exchange, ms: number): Promise<void> {
  if (exchange.response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      exchange.response.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    exchange.response.once('close', done)
  })
}
