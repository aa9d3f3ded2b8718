// What a parsed HTTP/1 response head means: its framing and what of it goes on (RFC 9112 section 6.3).
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { bit, HOP_BY_HOP, Known } from '../http/headers/known-headers.ts'
import type { ResponseHead } from '../http/messages.ts'
import type { BodyReader } from './body-reader.ts'
import { dropNamed } from './connection-field.ts'
import { parseContentLength } from './content-length.ts'

const NO_CONTENT = 204
const NOT_MODIFIED = 304
/** Connection may not name these away: they frame the message, or are no fields. */
const KEPT: ReadonlySet<string> = new Set(['close', 'keep-alive', 'content-length'])

/** A head whose lines were found good, by the parser or before. */
export interface ParsedResponse {
  readonly status: number
  readonly headers: HeaderBlock
  /** 10 or 11. */
  readonly version: number
}

/** The request that it answers. */
export interface AskedRequest {
  readonly method: string
  readonly upgrade: string | undefined
}

/**
 * Reads one parsed head and starts `body` for what follows it, or tells the details of what is wrong. `connection` is the value of that
 * field, which goes no further.
 */
export function readResponseHead(
  { status, headers, version }: ParsedResponse,
  connection: string | undefined,
  asked: AskedRequest,
  body: BodyReader,
): ResponseHead | string {
  if (status === 101) {
    if (asked.upgrade === undefined) return 'http1.unexpected_upgrade'
    const upgrade = headers.known(Known.upgrade) ?? asked.upgrade
    headers.removeKnown(HOP_BY_HOP | bit(Known.contentLength))
    headers.setKnown(Known.upgrade, 'upgrade', upgrade)
    body.startUntilClose()
    return { status, headers, body: 'tunnel', length: 0 }
  }
  const chunked = headers.has(Known.transferEncoding)
  const lengths = headers.count(Known.contentLength)
  let length = -1
  if (lengths > 0) {
    if (chunked) return 'http1.length_and_transfer_encoding'
    if (lengths > 1) return 'http1.several_content_lengths'
    length = parseContentLength(headers.known(Known.contentLength) ?? '') ?? -2
    if (length === -2) return 'http1.bad_content_length'
  }
  if (chunked && (version === 10 || headers.known(Known.transferEncoding)?.toLowerCase() !== 'chunked')) {
    return 'http1.unknown_transfer_encoding'
  }
  if (connection !== undefined && connection !== 'keep-alive') dropNamed(headers, connection, KEPT)
  headers.removeKnown(HOP_BY_HOP)
  if (asked.method === 'HEAD' || status === NO_CONTENT || status === NOT_MODIFIED) {
    // There is none, whatever it says (RFC 9110 section 8.6).
    if (status === NO_CONTENT) headers.removeKnown(bit(Known.contentLength))
    body.startNone()
    return { status, headers, body: 'none', length }
  }
  if (chunked) {
    body.startChunked()
    return { status, headers, body: 'stream', length: -1 }
  }
  if (length >= 0) {
    body.startLength(length)
    return { status, headers, body: 'length', length }
  }
  body.startUntilClose()
  return { status, headers, body: 'stream', length: -1 }
}
