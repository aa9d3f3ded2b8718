// Answers that take their time or come in pieces: delay, drip, stream, bytes, range, links.
import { type Exchange, integer, seconds, send, sendJson, wait } from './exchange.ts'
import { describeRequest, describeWithBody } from './inspect.ts'
import { seededBytes } from './random.ts'

const MAX_DELAY_S = 10
const MAX_BYTES = 100 * 1024
const MAX_DRIP = 10 * 1024 * 1024

/** /delay/n: as /anything without method, at most 10 seconds later. */
export async function delay(exchange: Exchange): Promise<void> {
  const pauseS = seconds(exchange.params['delay'], MAX_DELAY_S)
  const body = await describeWithBody(exchange)
  await wait(exchange, pauseS * 1000)
  sendJson(exchange, body)
}

/** /drip?duration=2&numbytes=10&code=200&delay=2: bytes spread over the duration. */
export async function drip(exchange: Exchange): Promise<void> {
  const { query, response } = exchange
  const durationS = seconds(query.get('duration'), 60, 2)
  const count = integer(query.get('numbytes'), { min: 1, max: MAX_DRIP }, 10)
  const status = integer(query.get('code'), { min: 200, max: 599 }, 200)
  await wait(exchange, seconds(query.get('delay'), MAX_DELAY_S, exchange.flavour === 'go' ? 0 : 2) * 1000)
  response.writeHead(status, { 'content-type': 'application/octet-stream', 'content-length': count })
  const pauseMs = (durationS * 1000) / count
  // Timers have a grain of a millisecond: faster drips write several bytes at a time.
  const step = Math.max(1, Math.ceil(1 / pauseMs) || 1)
  for (let sent = 0; sent < count && !response.destroyed; sent += step) {
    response.write('*'.repeat(Math.min(step, count - sent)))
    if (durationS > 0) await wait(exchange, pauseMs * step)
  }
  response.end()
}

/** /stream/n: n lines of JSON, at most 100. */
export function streamLines(exchange: Exchange): void {
  const count = integer(exchange.params['n'], { min: 0, max: 100 })
  const { args, headers, origin, url } = describeRequest(exchange)
  exchange.response.writeHead(200, { 'content-type': 'application/json' })
  for (let id = 0; id < count; id++) {
    exchange.response.write(`${JSON.stringify({ url, args, headers, origin, id })}\n`)
  }
  exchange.response.end()
}

/** /bytes/n?seed=…: n random bytes, at most 100 KiB; the same ones for the same seed. */
export function bytes(exchange: Exchange): void {
  const count = integer(exchange.params['n'], { min: 0, max: MAX_BYTES })
  send(exchange, 200, seededBytes(count, seedOf(exchange)), { 'content-type': 'application/octet-stream' })
}

/** /stream-bytes/n?chunk_size=…: the same, chunked. */
export function streamBytes(exchange: Exchange): void {
  const count = integer(exchange.params['n'], { min: 0, max: MAX_BYTES })
  const size = integer(exchange.query.get('chunk_size'), { min: 1, max: MAX_BYTES }, 10 * 1024)
  const all = seededBytes(count, seedOf(exchange))
  exchange.response.writeHead(200, { 'content-type': 'application/octet-stream' })
  for (let start = 0; start < count; start += size) exchange.response.write(all.subarray(start, start + size))
  exchange.response.end()
}

function seedOf(exchange: Exchange): number | undefined {
  const seed = exchange.query.get('seed')
  return seed === null ? undefined : integer(seed, { min: -(2 ** 31), max: 2 ** 31 })
}

/** /range/n?duration=…&chunk_size=…: the alphabet repeated, with Range requests (RFC 9110 14) of one range. */
export async function range(exchange: Exchange): Promise<void> {
  const { response, request, query } = exchange
  const total = integer(exchange.params['n'], { min: 0, max: MAX_BYTES + 1 })
  const base = { etag: `range${total}`, 'accept-ranges': 'bytes' }
  if (total <= 0 || total > MAX_BYTES) {
    send(exchange, 404, `number of bytes must be in the range (0, ${MAX_BYTES}]`, base)
    return
  }
  const wanted = byteRange(request.headers.range, total)
  if (wanted === 'unsatisfiable') {
    send(exchange, 416, '', { ...base, 'content-range': `bytes */${total}` })
    return
  }
  const [first, last] = wanted ?? [0, total - 1]
  const letters = Buffer.from(
    Array.from({ length: last - first + 1 }, (_, index) => 97 + ((first + index) % 26)),
  )
  response.writeHead(wanted ? 206 : 200, {
    ...base,
    'content-type': 'application/octet-stream',
    'content-length': letters.length,
    'content-range': `bytes ${first}-${last}/${total}`,
  })
  const size = integer(query.get('chunk_size'), { min: 1, max: MAX_BYTES }, 10 * 1024)
  const pauseMs = (seconds(query.get('duration'), 60, 0) * 1000 * size) / letters.length
  for (let start = 0; start < letters.length && !response.destroyed; start += size) {
    response.write(letters.subarray(start, start + size))
    if (pauseMs > 0) await wait(exchange, pauseMs)
  }
  response.end()
}

/** First and last byte of `bytes=a-b`, `a-` or `-n`; undefined when there is none that is understood. */
export function byteRange(
  header: string | undefined,
  total: number,
): readonly [number, number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [, from = '', to = ''] = match
  const first = from === '' ? Math.max(0, total - Number(to)) : Number(from)
  const last = from === '' || to === '' ? total - 1 : Math.min(Number(to), total - 1)
  return first > last || first >= total ? 'unsatisfiable' : [first, last]
}

/** /links/n/offset: a page with links to its siblings. */
export function links(exchange: Exchange): void {
  const count = integer(exchange.params['n'], { min: 1, max: 200 })
  const offset = exchange.params['offset']
  if (offset === undefined) {
    send(exchange, 302, '', { location: `/links/${count}/0` })
    return
  }
  const here = integer(offset, { min: 0, max: 200 })
  const items = Array.from({ length: count }, (_, index) =>
    index === here ? `${index} ` : `<a href='/links/${count}/${index}'>${index}</a> `,
  )
  const page = `<html><head><title>Links</title></head><body>${items.join('')}</body></html>`
  send(exchange, 200, page, { 'content-type': 'text/html; charset=utf-8' })
}
