// What a parsed HTTP/1 head means: target forms, authority, framing, persistence (RFC 9112 sections 3, 6, 9).

import type { HeaderBlock } from '../http/headers/header-block.ts'
import { bit, Known } from '../http/headers/known-headers.ts'
import type { RequestHead } from '../http/messages.ts'
import { dropNamed, hasToken, persists } from './connection-field.ts'
import { parseContentLength } from './content-length.ts'
import { type Fault, fault } from './fault.ts'

/** A head whose lines were found good, by the parser or before. */
export interface ParsedRequest {
  readonly headers: HeaderBlock
  readonly method: string
  readonly target: string
  /** 10 or 11. */
  readonly version: number
}

/** What is shown of a request whatever becomes of it. */
export type RequestLine = Pick<ParsedRequest, 'method' | 'target'>

/** A request head with what the connection needs to know to read on. */
export interface Http1Request {
  readonly head: RequestHead
  readonly keepAlive: boolean
}

const AUTHORITY = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/
const SCHEME_AND_AUTHORITY = /^(https?):\/\/([^/?]*)(.*)$/i
const FRAMING = bit(Known.contentLength) | bit(Known.transferEncoding)
/** Connection may not name these away: they frame or route the message, or are dealt with on their own. */
const KEPT: ReadonlySet<string> = new Set([
  'close',
  'keep-alive',
  'upgrade',
  'te',
  'host',
  'content-length',
  'transfer-encoding',
])
const REST = bit(Known.connection) | bit(Known.upgrade) | bit(Known.expect) | bit(Known.te)

/** Reads one parsed head, or says what is wrong with it. */
export function readRequestHead(parsed: ParsedRequest): Http1Request | Fault {
  const { headers, method, version } = parsed
  const target = readTarget(parsed)
  if ('details' in target) return target

  let body: RequestHead['body'] = 'none'
  let length = 0
  if (headers.hasAny(FRAMING)) {
    if (headers.has(Known.transferEncoding)) {
      if (headers.has(Known.contentLength)) return fault('length_and_transfer_encoding')
      if (version === 10) return fault('transfer_encoding_in_http10')
      if (headers.count(Known.transferEncoding) > 1) return fault('several_transfer_encodings')
      if (headers.known(Known.transferEncoding)?.toLowerCase() !== 'chunked') {
        return fault('unknown_transfer_encoding')
      }
      body = 'stream'
      length = -1
    } else {
      if (headers.count(Known.contentLength) > 1) return fault('several_content_lengths')
      const parsed = parseContentLength(headers.known(Known.contentLength) ?? '')
      if (parsed === undefined) return fault('bad_content_length')
      length = parsed
      body = length === 0 ? 'none' : 'length'
    }
  }

  let keepAlive = version === 11
  let upgrade: string | undefined
  let expectContinue = false
  let acceptsTrailers = false
  if (headers.hasAny(REST)) {
    const connection = headers.known(Known.connection)
    if (connection !== undefined) {
      keepAlive = persists(connection, version)
      // With a body on its way nobody could tell where that ends and the other protocol begins: Upgrade may be ignored (RFC 9110 section 7.8).
      if (
        version === 11 &&
        body === 'none' &&
        headers.has(Known.upgrade) &&
        hasToken(connection, 'upgrade')
      ) {
        const asked = headers.known(Known.upgrade) ?? ''
        // HTTP/2 behind this proxy's back would be requests that nobody here looks at (RFC 9113 section 3.1 has taken h2c away).
        if (!hasToken(asked, 'h2c')) upgrade = asked
      }
      dropNamed(headers, connection, KEPT)
    }
    const expect = headers.known(Known.expect)
    if (expect !== undefined && version === 11) {
      if (expect.toLowerCase() !== '100-continue') return fault('unknown_expectation')
      expectContinue = body !== 'none'
    }
    acceptsTrailers = hasToken(headers.known(Known.te) ?? '', 'trailers')
  }
  return {
    keepAlive,
    head: {
      method,
      scheme: target.scheme,
      authority: target.authority,
      path: target.path,
      version: version === 11 ? 'HTTP/1.1' : 'HTTP/1.0',
      headers,
      body,
      length,
      upgrade,
      expectContinue,
      acceptsTrailers,
    },
  }
}

type Target = Pick<RequestHead, 'scheme' | 'authority' | 'path'>

function readTarget({ headers, method, target, version }: ParsedRequest): Target | Fault {
  const hosts = headers.count(Known.host)
  if (hosts > 1) return fault('several_hosts')
  if (hosts === 0 && version === 11) return fault('missing_host')
  const host = headers.known(Known.host) ?? ''
  if (method === 'CONNECT') {
    return AUTHORITY.test(target) && target.includes(':')
      ? { scheme: undefined, authority: target, path: '' }
      : fault('bad_target')
  }
  // 47 is `/`: origin-form, by far the most frequent.
  if (target.charCodeAt(0) === 47) {
    if (host === lastAuthority) return { scheme: undefined, authority: lastAuthority, path: target }
    return host === '' || isAuthority(host)
      ? { scheme: undefined, authority: host, path: target }
      : fault('bad_host')
  }
  if (target === '*') {
    if (method !== 'OPTIONS') return fault('bad_target')
    return host === '' || isAuthority(host)
      ? { scheme: undefined, authority: host, path: '*' }
      : fault('bad_host')
  }
  const absolute = SCHEME_AND_AUTHORITY.exec(target)
  if (absolute === null) return fault('bad_target')
  const scheme = (absolute[1] as string).toLowerCase() as 'http' | 'https'
  const authority = absolute[2] as string
  if (!isAuthority(authority) || (host !== '' && !isAuthority(host))) return fault('bad_host')
  // The target's authority replaces Host (RFC 9112 section 3.2.2).
  headers.setKnown(Known.host, 'host', authority)
  const rest = absolute[3] as string
  return { scheme, authority, path: rest.startsWith('/') ? rest : `/${rest}` }
}

let lastAuthority = ''
/** Host of RFC 9112 section 3.2, not empty. Most requests repeat the one before, and tables find that one text faster. */
export function isAuthority(value: string): boolean {
  if (value === '') return false
  if (value === lastAuthority) return true
  if (!AUTHORITY.test(value)) return false
  lastAuthority = value
  return true
}
