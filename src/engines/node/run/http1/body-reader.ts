// The body of one HTTP/1.1 message out of the bytes that follow its head: by length, chunked, or to the end of the connection (RFC 9112 section 6).
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { bit, Known } from '../http/headers/known-headers.ts'
import type { RequestHead } from '../http/messages.ts'
import { CR, FIELD_VALUE, HEX, LF } from './chars.ts'
import { type Fault, type FaultName, fault } from './fault.ts'
import type { HeadLimits } from './head-limits.ts'
import { HeadParser } from './head-parser.ts'
import { FAILED, NEED_MORE } from './parse-result.ts'

const SIZE_FIRST = 0
const SIZE = 1
const EXTENSION = 2
const SIZE_LF = 3
const DATA = 4
const DATA_CR = 5
const DATA_LF = 6
const TRAILERS = 7
const LENGTH = 8
const UNTIL_CLOSE = 9
const DONE = 10

const SEMICOLON = 59
/** Hex digits of a chunk size: 13 stay below 2^53. */
const MAX_SIZE_DIGITS = 13
/** Bytes of all chunk extensions of one body: they carry nothing anybody uses, so many of them are an attack. */
const MAX_EXTENSION_BYTES = 4096

/** Fields that may not stand in a trailer section, since they frame or route the message (RFC 9110 section 6.5.1), or are a proxy's word. */
export const FORBIDDEN_TRAILERS =
  bit(Known.contentLength) |
  bit(Known.transferEncoding) |
  bit(Known.host) |
  bit(Known.connection) |
  bit(Known.te) |
  bit(Known.trailer) |
  bit(Known.upgrade) |
  bit(Known.expect) |
  bit(Known.forwardedFor) |
  bit(Known.forwardedProto) |
  bit(Known.forwardedHost) |
  bit(Known.forwardedPort) |
  bit(Known.realIp) |
  bit(Known.clientCert)

/** Reads one body after another; after each `read` the decoded bytes of that input are in `data`. */
export class BodyReader {
  /** What the last `read` decoded: a part of its input, valid as long as that. Undefined when there was nothing. */
  data: Buffer | undefined
  done = true
  fault: Fault | undefined
  /** Trailer fields of a chunked body, once done. */
  trailers: HeaderBlock | undefined

  private readonly limits: HeadLimits
  private state = DONE
  private remaining = 0
  private digits = 0
  private extension = 0
  private parser: HeadParser | undefined

  constructor(limits: HeadLimits) {
    this.limits = limits
  }

  /** The next message has no body. */
  startNone(): void {
    this.state = DONE
    this.done = true
    this.trailers = undefined
  }

  /** The next message is a request, whose body can be of unknown length only in chunks. */
  startRequest({ body, length }: Pick<RequestHead, 'body' | 'length'>): void {
    if (body === 'length') this.startLength(length)
    else if (body === 'stream') this.startChunked()
    else this.startNone()
  }

  startLength(bytes: number): void {
    this.remaining = bytes
    this.state = bytes === 0 ? DONE : LENGTH
    this.done = bytes === 0
    this.trailers = undefined
  }

  startChunked(): void {
    this.state = SIZE_FIRST
    this.done = false
    this.trailers = undefined
    this.extension = 0
  }

  startUntilClose(): void {
    this.state = UNTIL_CLOSE
    this.done = false
    this.trailers = undefined
  }

  /** True when the end of the connection is the proper end of this body. */
  get endsWithConnection(): boolean {
    return this.state === UNTIL_CLOSE
  }

  /** Takes chunk[from, end). Returns the index after the last byte that belongs to the body, or FAILED. May move bytes inside the chunk. */
  read(chunk: Buffer, from: number): number {
    this.data = undefined
    if (this.state === LENGTH) {
      const end = Math.min(chunk.length, from + this.remaining)
      if (end > from) this.data = from === 0 && end === chunk.length ? chunk : chunk.subarray(from, end)
      this.remaining -= end - from
      if (this.remaining === 0) {
        this.state = DONE
        this.done = true
      }
      return end
    }
    if (this.state === UNTIL_CLOSE) {
      if (chunk.length > from) this.data = chunk.subarray(from)
      return chunk.length
    }
    if (this.state === DONE) return from
    return this.readChunked(chunk, from)
  }

  private fail(name: FaultName): number {
    this.fault = fault(name)
    return FAILED
  }

  private readChunked(b: Buffer, from: number): number {
    let p = from
    const end = b.length
    // Pieces of data are moved together: out grows from the first piece on.
    let outStart = -1
    let outEnd = -1
    while (p < end && !this.done) {
      const c = b[p] as number
      switch (this.state) {
        case SIZE_FIRST:
        case SIZE: {
          const digit = HEX[c] as number
          if (digit !== 0) {
            if (this.state === SIZE_FIRST) {
              this.remaining = 0
              this.digits = 0
              this.state = SIZE
            }
            if (++this.digits > MAX_SIZE_DIGITS) return this.fail('bad_chunk_size')
            this.remaining = this.remaining * 16 + digit - 1
          } else if (this.state === SIZE_FIRST) return this.fail('bad_chunk_size')
          else if (c === CR) this.state = SIZE_LF
          else if (c === SEMICOLON) this.state = EXTENSION
          else return this.fail('bad_chunk_size')
          p++
          break
        }
        case EXTENSION: {
          if (c === CR) this.state = SIZE_LF
          else if (FIELD_VALUE[c] === 0) return this.fail('bad_chunk_extension')
          else if (++this.extension > MAX_EXTENSION_BYTES) return this.fail('bad_chunk_extension')
          p++
          break
        }
        case SIZE_LF: {
          if (c !== LF) return this.fail('bad_chunk_size')
          p++
          this.state = this.remaining === 0 ? TRAILERS : DATA
          break
        }
        case DATA: {
          const piece = Math.min(end - p, this.remaining)
          if (outStart < 0) {
            outStart = p
            outEnd = p + piece
          } else {
            b.copyWithin(outEnd, p, p + piece)
            outEnd += piece
          }
          p += piece
          this.remaining -= piece
          if (this.remaining === 0) this.state = DATA_CR
          break
        }
        case DATA_CR: {
          if (c !== CR) return this.fail('bad_chunk_end')
          p++
          this.state = DATA_LF
          break
        }
        case DATA_LF: {
          if (c !== LF) return this.fail('bad_chunk_end')
          p++
          this.state = SIZE_FIRST
          break
        }
        default: {
          const at = this.readTrailers(b, p)
          if (at === FAILED) return FAILED
          p = at
        }
      }
    }
    if (outStart >= 0) this.data = b.subarray(outStart, outEnd)
    return p
  }

  private readTrailers(b: Buffer, from: number): number {
    if (this.parser === undefined) this.parser = new HeadParser('trailers', this.limits)
    const parser = this.parser
    if (!parser.started) parser.next()
    const at = parser.parse(b, from)
    if (at === FAILED) {
      this.fault = parser.fault
      return FAILED
    }
    if (at === NEED_MORE) return b.length
    parser.started = false
    if (parser.headers.hasAny(FORBIDDEN_TRAILERS)) return this.fail('bad_trailer')
    if (parser.headers.lineCount > 0) this.trailers = parser.headers
    this.state = DONE
    this.done = true
    return at
  }
}
