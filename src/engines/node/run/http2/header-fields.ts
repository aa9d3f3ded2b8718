// Header blocks to and from the header objects of node:http2.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { HeaderBlock } from '../http/headers/header-block.ts'
import { HOP_BY_HOP, Known, knownId } from '../http/headers/known-headers.ts'

/** Fields of which node:http2 throws at a list (its kSingleValueHeaders): several of one become one line (RFC 9110 section 5.3). */
const SINGLE: ReadonlySet<string> = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'access-control-request-method',
  'age',
  'authorization',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'dnt',
  'etag',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'tk',
  'upgrade-insecure-requests',
  'user-agent',
  'x-content-type-options',
])

/** Fields out of node's flat list of names and values, pseudo-headers left out. nghttp2 has validated both (RFC 9113 section 8.2). */
export function blockOf(raw: readonly string[]): HeaderBlock {
  const block = new HeaderBlock()
  let cookies: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const value = raw[i + 1] as string
    if (name.startsWith(':')) continue
    // Cookie may be split for compression; HTTP/1.1 wants one field (RFC 9113 section 8.2.3).
    if (name === 'cookie') cookies = cookies === undefined ? value : `${cookies}; ${value}`
    else block.add(name, value)
  }
  if (cookies !== undefined) block.add('cookie', cookies)
  return block
}

/** Fields of a trailer section. */
export function blockOfTrailers(headers: IncomingHttpHeaders): HeaderBlock {
  const block = new HeaderBlock()
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) block.add(name, String(one))
  }
  return block
}

/** Fields for node:http2; those that belong to one HTTP/1.1 connection are left out (RFC 9113 section 8.2.2). Several of a name become a list. */
export function fieldsOf(block: HeaderBlock, host: 'keep' | 'drop'): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
  block.each((name, value) => {
    const id = knownId(name)
    if (id !== Known.other && id !== Known.te && ((1 << id) & HOP_BY_HOP) !== 0) return
    if (id === Known.host && host === 'drop') return
    if (id === Known.te && value.toLowerCase() !== 'trailers') return
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (SINGLE.has(name)) fields[name] = `${before}, ${value}`
    else if (Array.isArray(before)) before.push(value)
    else fields[name] = [String(before), value]
  })
  return fields
}
