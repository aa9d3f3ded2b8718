// Every endpoint of httpbin, in one list; the first pattern that fits decides.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { basicAuth, bearerAuth, digestAuth, hiddenBasicAuth } from './auth.ts'
import { cache, cacheFor, etag, responseHeaders } from './caching.ts'
import { deleteCookies, setCookies, showCookies } from './cookies.ts'
import { deny, form, html, image, index, json, robots, xml } from './documents.ts'
import { base64, encoded, utf8 } from './encodings.ts'
import { type Exchange, send, sendJson } from './exchange.ts'
import { describeRequest, describeWithBody, originOf, shownHeaders } from './inspect.ts'
import { absoluteRedirect, redirectChain, redirectTo, relativeRedirect } from './redirects.ts'
import { answerStatus } from './status.ts'
import { bytes, delay, drip, links, range, streamBytes, streamLines } from './streams.ts'

export type Answer = (exchange: Exchange) => void | Promise<void>

export interface Route {
  readonly methods: readonly string[]
  /** `<name>` takes one path segment, `<name...>` the rest. */
  readonly pattern: string
  readonly answer: Answer
}

const GET = ['GET']
const ANY = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

const on =
  (methods: readonly string[]) =>
  (pattern: string, answer: Answer): Route => ({ methods, pattern, answer })
const get = on(GET)
const any = on(ANY)

const withBody: Answer = async (exchange) => sendJson(exchange, await describeWithBody(exchange))
const anything: Answer = async (exchange) =>
  sendJson(exchange, { ...(await describeWithBody(exchange)), method: exchange.method })

const endpoints: readonly Route[] = [
  get('/get', (exchange) => sendJson(exchange, describeRequest(exchange))),
  on(['POST'])('/post', withBody),
  on(['PUT'])('/put', withBody),
  on(['PATCH'])('/patch', withBody),
  on(['DELETE'])('/delete', withBody),
  any('/anything', anything),
  any('/anything/<path...>', anything),
  get('/headers', (exchange) => sendJson(exchange, { headers: shownHeaders(exchange) })),
  get('/ip', (exchange) => sendJson(exchange, { origin: originOf(exchange.request) })),
  get('/user-agent', (exchange) =>
    sendJson(exchange, { 'user-agent': exchange.request.headers['user-agent'] ?? null }),
  ),
  any('/status/<codes>', answerStatus),
  any('/delay/<delay>', delay),
  get('/drip', drip),
  get('/stream/<n>', streamLines),
  get('/bytes/<n>', bytes),
  get('/stream-bytes/<n>', streamBytes),
  get('/range/<n>', range),
  get('/links/<n>', links),
  get('/links/<n>/<offset>', links),
  get('/gzip', encoded('gzip')),
  get('/deflate', encoded('deflate')),
  get('/brotli', encoded('brotli')),
  get('/base64/<value>', base64),
  get('/base64/<operation>/<value>', base64),
  get('/encoding/utf8', utf8),
  get('/redirect/<n>', redirectChain),
  get('/relative-redirect/<n>', relativeRedirect),
  get('/absolute-redirect/<n>', absoluteRedirect),
  any('/redirect-to', redirectTo),
  get('/cookies', showCookies),
  get('/cookies/set', setCookies),
  get('/cookies/set/<name>/<value>', setCookies),
  get('/cookies/delete', deleteCookies),
  get('/basic-auth/<user>/<password>', basicAuth),
  get('/hidden-basic-auth/<user>/<password>', hiddenBasicAuth),
  get('/bearer', bearerAuth),
  get('/digest-auth/<qop>/<user>/<password>', digestAuth),
  get('/digest-auth/<qop>/<user>/<password>/<algorithm>', digestAuth),
  get('/digest-auth/<qop>/<user>/<password>/<algorithm>/<stale>', digestAuth),
  get('/cache', cache),
  get('/cache/<n>', cacheFor),
  get('/etag/<etag>', etag),
  on(['GET', 'POST'])('/response-headers', responseHeaders),
  get('/html', html),
  get('/json', json),
  get('/xml', xml),
  get('/robots.txt', robots),
  get('/deny', deny),
  get('/forms/post', form),
  get('/image', image),
  get('/image/<kind>', image),
  get('/uuid', (exchange) => sendJson(exchange, { uuid: randomUUID() })),
  get('/hostname', (exchange) => sendJson(exchange, { hostname: process.env['HOSTNAME'] ?? hostname() })),
  get('/healthz', (exchange) => send(exchange, 200, 'ok\n', { 'content-type': 'text/plain' })),
]

const home: Route = { methods: GET, pattern: '/', answer: index(endpoints.map((route) => route.pattern)) }

export const routes: readonly Route[] = [home, ...endpoints]
