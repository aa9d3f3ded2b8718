// Plain HTTP through the proxy: requests in absolute form (RFC 9112 3.2.2), passed on as they are but for what concerns this hop alone.
import { type IncomingMessage, type ServerResponse, STATUS_CODES, request as sendRequest } from 'node:http'
import { connectFirst } from './connect-first.ts'
import { LOCATE_PATH } from './node-preload.ts'
import { type ProxyScope, proxyTarget, splitAuthority } from './proxy-target.ts'

/** RFC 9110 7.6.1, and what clients send to proxies by custom. `Connection` also names headers of this hop. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'upgrade',
]

/** Answers one proxied request, with the origin's response or with a refusal that says why. */
export function forward(scope: ProxyScope, request: IncomingMessage, response: ServerResponse): void {
  if (request.url?.startsWith(`${LOCATE_PATH}?`)) {
    tellPlace(scope, new URLSearchParams(request.url.slice(LOCATE_PATH.length)), response)
    return
  }
  const target = /^http:\/\/([^/?#]*)([^#]*)/i.exec(request.url ?? '')
  const authority = target && splitAuthority(target[1] ?? '', 80)
  if (!target || !authority) {
    refuse(
      response,
      400,
      `this is the proxy of the cluster ${scope.cluster}; it takes CONNECT and http:// requests`,
    )
    return
  }
  const places = proxyTarget(scope, authority.host, authority.port)
  if ('status' in places) {
    refuse(response, places.status, places.reason)
    return
  }
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  connectFirst(places.places, abort.signal).then(
    (socket) => {
      const path = target[2] === undefined || target[2] === '' ? '/' : target[2]
      const upstream = sendRequest({
        createConnection: () => socket,
        method: request.method ?? 'GET',
        path: path.startsWith('/') ? path : `/${path}`,
        headers: endToEnd(request.rawHeaders, target[1] ?? ''),
        setHost: false,
      })
      response.on('close', () => upstream.destroy())
      upstream.on('error', (error) => refuse(response, 502, `${target[1]} did not answer: ${error.message}`))
      upstream.on('response', (answer) => relay(answer, response))
      request.pipe(upstream)
    },
    (error: unknown) =>
      refuse(
        response,
        502,
        `${target[1]} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
      ),
  )
}

/** For clients that know no proxy (node-preload.ts): the real place of `host` and `port`, or why there is none. */
function tellPlace(scope: ProxyScope, asked: URLSearchParams, response: ServerResponse): void {
  const target = proxyTarget(scope, asked.get('host') ?? '', Number(asked.get('port')))
  const answer = JSON.stringify('status' in target ? { refused: target.reason } : target.places[0])
  response.writeHead(200, {
    'content-type': 'application/json',
    // The client reads what follows the head as it is: no chunks.
    'content-length': Buffer.byteLength(answer),
    connection: 'close',
  })
  response.end(answer)
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders) as string[])
  answer.on('error', () => response.destroy())
  answer.pipe(response)
}

/** The raw header list without the headers of this hop; `host`, when given, replaces the Host header (RFC 9112 3.2.2). */
function endToEnd(raw: readonly string[], host?: string): string[] {
  const named = new Set(HOP_BY_HOP)
  for (let index = 0; index < raw.length; index += 2)
    if (raw[index]?.toLowerCase() === 'connection')
      for (const token of (raw[index + 1] ?? '').split(',')) named.add(token.trim().toLowerCase())
  if (host !== undefined) named.add('host')
  const kept = raw.filter((_, index) => !named.has(raw[index - (index % 2)]?.toLowerCase() ?? ''))
  return host === undefined ? kept : ['Host', host, ...kept]
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
  response.end(`${STATUS_CODES[status]}: ${reason}\n`)
}
