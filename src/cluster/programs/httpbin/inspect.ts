// What httpbin says of a request: arguments, headers, origin, URL, body.
import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'
import { parseMultipart } from './multipart.ts'

/** kennethreitz/httpbin hides what load balancers add, unless asked with `show_env=1`. */
const HIDDEN = new Set([
  'x-varnish',
  'x-request-start',
  'x-heroku-queue-depth',
  'x-real-ip',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-ssl',
  'x-heroku-queue-wait-time',
  'x-forwarded-for',
  'x-heroku-dynos-in-use',
  'x-forwarded-port',
  'x-request-id',
  'via',
  'total-route-time',
  'connect-time',
])

type Values = Readonly<Record<string, string | readonly string[]>>

/** `x-request-id` -> `X-Request-Id`. */
export function titleCase(name: string): string {
  return name
    .toLowerCase()
    .replace(/(^|-)([a-z0-9])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
}

/** The request's headers by title-case name. */
export function shownHeaders(exchange: Exchange): Values {
  const showAll = exchange.flavour === 'go' || exchange.query.has('show_env')
  const shown: Record<string, string | readonly string[]> = {}
  for (const [name, values] of Object.entries(exchange.request.headersDistinct)) {
    if (!values || (!showAll && HIDDEN.has(name))) continue
    shown[titleCase(name)] = exchange.flavour === 'go' ? values : values.join(',')
  }
  return shown
}

/** A key with several values becomes a list; go-httpbin always gives lists. */
export function shownPairs(exchange: Exchange, pairs: Iterable<readonly [string, string]>): Values {
  const grouped = new Map<string, string[]>()
  for (const [key, value] of pairs) grouped.set(key, [...(grouped.get(key) ?? []), value])
  return Object.fromEntries(
    [...grouped].map(([key, values]) => [
      key,
      exchange.flavour === 'go' || values.length > 1 ? values : (values[0] ?? ''),
    ]),
  )
}

/** The client's address: what a proxy said of it, else the peer's. */
export function originOf(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-for']
  return String(forwarded ?? request.socket.remoteAddress ?? '')
}

/** The URL as the client had it, as far as proxies said. */
export function urlOf(exchange: Exchange): string {
  const { headers, url } = exchange.request
  const scheme =
    headers['x-forwarded-proto'] ??
    headers['x-forwarded-protocol'] ??
    (headers['x-forwarded-ssl'] === 'on' ? 'https' : 'http')
  return `${scheme}://${headers.host ?? 'localhost'}${url ?? '/'}`
}

/** `args`, `headers`, `origin`, `url`: what every inspecting endpoint shows. */
export function describeRequest(exchange: Exchange): Record<string, unknown> {
  return {
    args: shownPairs(exchange, exchange.query),
    headers: shownHeaders(exchange),
    origin: originOf(exchange.request),
    url: urlOf(exchange),
    ...(exchange.flavour === 'go' ? { method: exchange.method } : {}),
  }
}

/** The same with the body taken apart: `data`, `files`, `form`, `json`. */
export async function describeWithBody(exchange: Exchange): Promise<Record<string, unknown>> {
  const body = await exchange.body()
  const type = exchange.request.headers['content-type'] ?? ''
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1]
  const base = describeRequest(exchange)
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const form = shownPairs(exchange, new URLSearchParams(body.toString()))
    return { ...base, data: '', files: {}, form, json: null }
  }
  if (/^multipart\/form-data/i.test(type) && boundary !== undefined) {
    const parts = parseMultipart(body, boundary)
    const fields = parts.filter((part) => part.filename === undefined)
    const files = parts.filter((part) => part.filename !== undefined)
    const pairs = (list: typeof parts, text: (part: (typeof parts)[number]) => string) =>
      shownPairs(
        exchange,
        list.map((part) => [part.name, text(part)] as const),
      )
    return {
      ...base,
      data: '',
      files: pairs(files, (part) => textOf(part.content, part.type)),
      form: pairs(fields, (part) => part.content.toString()),
      json: null,
    }
  }
  return { ...base, data: textOf(body, type), files: {}, form: {}, json: parsedJson(body) }
}

/** Text as it is, anything else as a data URL. */
function textOf(bytes: Buffer, type: string): string {
  const text = bytes.toString()
  const isText = Buffer.from(text).equals(bytes)
  return isText ? text : `data:${type || 'application/octet-stream'};base64,${bytes.toString('base64')}`
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return null
  }
}
