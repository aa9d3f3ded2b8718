// What the fields of an HTTP/2 request mean, held to the rules of HTTP/1.1: whatever crosses to an HTTP/1.1 upstream must be as strict as if it had come so.
import type { IncomingHttpHeaders } from 'node:http2'
import { Known } from '../http/headers/known-headers.ts'
import type { RequestHead } from '../http/messages.ts'
import { TARGET } from '../http1/chars.ts'
import { parseContentLength } from '../http1/content-length.ts'
import type { Fault } from '../http1/fault.ts'
import { isAuthority } from '../http1/request-head.ts'
import { blockOf } from './header-fields.ts'

const bad = (status: number, name: string): Fault => ({ status, details: `http2.${name}` })

/** The head of a request, and what is wrong with it if anything is. nghttp2 has validated names, values and pseudo-headers. */
export function readRequestHead(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  endStream: boolean,
  maxBytes: number,
): { readonly head: RequestHead; readonly fault: Fault | undefined } {
  const block = blockOf(raw)
  const method = headers[':method'] ?? 'GET'
  const path = headers[':path'] ?? ''
  const hosts = block.known(Known.host)
  const authority = headers[':authority'] ?? hosts ?? ''
  if (authority !== '') block.setKnown(Known.host, 'host', authority)
  const given = block.known(Known.contentLength)
  const length = given === undefined ? -1 : (parseContentLength(given) ?? -1)
  const expect = block.known(Known.expect)?.toLowerCase()
  let fault: Fault | undefined
  if (maxBytes > 0 && listSize(raw) > maxBytes) fault = bad(431, 'head_too_large')
  else if (authority === '') fault = bad(400, 'missing_host')
  // Host must not name another than :authority (RFC 9113 section 8.3.1).
  else if (hosts !== undefined && hosts.toLowerCase() !== authority.toLowerCase())
    fault = bad(400, 'several_hosts')
  else if (!isAuthority(authority)) fault = bad(400, 'bad_host')
  else if (method !== 'CONNECT' && !isTarget(path, method)) fault = bad(400, 'bad_target')
  else if (given !== undefined && length < 0) fault = bad(400, 'bad_content_length')
  else if (expect !== undefined && expect !== '100-continue') fault = bad(417, 'unknown_expectation')
  return {
    fault,
    head: {
      method,
      scheme: schemeOf(headers[':scheme']),
      authority,
      path,
      version: 'HTTP/2',
      headers: block,
      body: endStream ? 'none' : length >= 0 ? 'length' : 'stream',
      length: endStream && given === undefined ? 0 : length,
      upgrade: undefined,
      expectContinue: expect === '100-continue' && !endStream,
      acceptsTrailers: block.known(Known.te)?.toLowerCase() === 'trailers',
    },
  }
}

function schemeOf(given: string | undefined): RequestHead['scheme'] {
  const scheme = given?.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/** As RFC 9113 section 6.5.2 counts. node:http2 keeps to its own setting only once the client has acknowledged it. */
function listSize(raw: readonly string[]): number {
  let size = raw.length * 16
  for (const part of raw) size += part.length
  return size
}

/** Origin form, or `*` for OPTIONS, of the characters that an HTTP/1.1 request line may hold. */
function isTarget(path: string, method: string): boolean {
  if (path === '*') return method === 'OPTIONS'
  if (path.charCodeAt(0) !== 47) return false
  for (let i = 0; i < path.length; i++) if (TARGET[path.charCodeAt(i)] !== 1) return false
  return true
}
