// Conditional requests and response headers of the client's choice.
import { createHash } from 'node:crypto'
import { type Exchange, integer, jsonText, send, sendJson } from './exchange.ts'
import { describeRequest } from './inspect.ts'

/** /cache: 304 for any conditional request, else the request with validators. */
export function cache(exchange: Exchange): void {
  const { headers } = exchange.request
  if (headers['if-modified-since'] !== undefined || headers['if-none-match'] !== undefined) {
    send(exchange, 304)
    return
  }
  const etag = createHash('md5').update(String(Date.now())).digest('hex')
  sendJson(exchange, describeRequest(exchange), 200, { 'last-modified': new Date().toUTCString(), etag })
}

/** /cache/n: Cache-Control for n seconds. */
export function cacheFor(exchange: Exchange): void {
  const age = integer(exchange.params['n'], { min: 0, max: 2 ** 31 })
  sendJson(exchange, describeRequest(exchange), 200, { 'cache-control': `public, max-age=${age}` })
}

/** /etag/x: If-None-Match gives 304, a failed If-Match 412 (RFC 9110 13.1). */
export function etag(exchange: Exchange): void {
  const own = exchange.params['etag'] ?? ''
  const { 'if-none-match': noneMatch, 'if-match': match } = exchange.request.headers
  if (noneMatch !== undefined && listed(noneMatch, own)) send(exchange, 304, '', { etag: own })
  else if (noneMatch === undefined && match !== undefined && !listed(match, own)) send(exchange, 412)
  else sendJson(exchange, describeRequest(exchange), 200, { etag: own })
}

function listed(header: string, tag: string): boolean {
  const tags = header.split(',').map((one) =>
    one
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  return tags.includes('*') || tags.includes(tag.replace(/^"(.*)"$/, '$1'))
}

/** /response-headers?name=value…: those headers, and a body that shows them. */
export function responseHeaders(exchange: Exchange): void {
  const shown: Record<string, string | string[]> = { 'Content-Type': 'application/json' }
  for (const [name, value] of exchange.query) {
    const known = shown[name]
    const several = known !== undefined && name.toLowerCase() !== 'content-type'
    shown[name] = several ? [known, value].flat() : value
  }
  // The body names its own length, which changes the length: repeated until it is right.
  let body = ''
  for (let length = -1; length !== Buffer.byteLength(body); ) {
    length = Buffer.byteLength(body)
    shown['Content-Length'] = String(length)
    body = jsonText(shown)
  }
  for (const [name, value] of Object.entries(shown)) {
    if (name === 'Content-Length' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) continue
    exchange.response.setHeader(
      name,
      [value].flat().map((one) => one.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')),
    )
  }
  send(exchange, 200, body)
}
