// An HTTP/1.1 connection to an upstream: one request at a time, kept for the next when the response was whole.
import type { ByteSocket } from '../byte-socket.ts'
import { monotonic, type Sweeper } from '../clock.ts'
import type { HeaderBlock } from '../http/header-block.ts'
import { bit, HOP_BY_HOP, Known } from '../http/known-headers.ts'
import type { ResponseHead, ResponseSink, UpstreamFailure, UpstreamStream } from '../http/messages.ts'
import { BodyReader } from '../http1/body-reader.ts'
import { HeadParser } from '../http1/head-parser.ts'
import { CHUNK_END, chunkStart, lastChunk, writeHead } from '../http1/message-text.ts'
import { FAILED, NEED_MORE } from '../http1/parse-result.ts'
import { hasToken, parseContentLength } from '../http1/request-head.ts'
import { Letter } from '../joined/letter.ts'
import { MemorySocket } from '../joined/memory-socket.ts'
import { transportReason } from './dial.ts'
import type { UpstreamConnection, UpstreamRequest } from './upstream-request.ts'

/** Bytes waiting in a socket above which the sender has to wait. */
const HIGH_WATER = 128 * 1024
const LIMITS = { maxBytes: 64 * 1024, maxHeaders: 200 }
const NO_CONTENT = 204
const NOT_MODIFIED = 304

interface ParsedResponse {
  readonly status: number
  readonly headers: HeaderBlock
  /** 10 or 11. */
  readonly version: number
}

/** Who keeps the connections. */
export interface ConnectionOwner {
  /** The response was whole and the connection can carry another request. */
  freed(connection: Http1Connection): void
  closed(connection: Http1Connection): void
}

export class Http1Connection implements UpstreamConnection, UpstreamStream {
  readonly localAddress: string
  reused = false
  /** Requests carried so far. */
  requests = 0
  readonly openedAt = monotonic()
  deadline = 0
  /** It does not leave this process. */
  readonly joined: boolean
  /** It takes no more requests after this, ms since the epoch. */
  readonly until: number

  private readonly socket: ByteSocket
  /** The same, when it is inside this process, and what is sent through it. */
  private readonly memory: { readonly socket: MemorySocket; readonly letter: Letter } | undefined
  private readonly owner: ConnectionOwner
  private readonly sweeper: Sweeper
  private readonly parser = new HeadParser('response', LIMITS)
  private readonly body = new BodyReader(LIMITS)
  private sink: ResponseSink | undefined
  private request: UpstreamRequest | undefined
  private headDone = false
  private requestDone = true
  private keepAlive = true
  private anyBytes = false
  /** The protocol was switched: bytes of any kind. */
  private tunnel = false
  private slow = false
  private paused = false
  private gone = false

  constructor(
    socket: ByteSocket,
    owner: ConnectionOwner,
    sweeper: Sweeper,
    until = Number.POSITIVE_INFINITY,
  ) {
    this.until = until
    this.socket = socket
    this.joined = socket instanceof MemorySocket
    this.memory = socket instanceof MemorySocket ? { socket, letter: new Letter() } : undefined
    if (socket instanceof MemorySocket)
      socket.onBytes(
        (chunk) => this.read(chunk),
        (letter) => this.take(letter),
      )
    this.owner = owner
    this.sweeper = sweeper
    this.localAddress = `${socket.localAddress}:${socket.localPort}`
    socket.on('end', () => this.ended(undefined))
    socket.on('close', () => this.ended(undefined))
    socket.on('error', (error) => this.ended(error))
    socket.on('drain', () => {
      if (!this.slow) return
      this.slow = false
      this.sink?.upstreamReady()
    })
    sweeper.add(this)
  }

  start(
    request: UpstreamRequest,
    first: Buffer | undefined,
    ended: boolean,
    sink: ResponseSink,
  ): UpstreamStream {
    this.reused = this.requests > 0
    this.requests++
    this.request = request
    this.sink = sink
    this.headDone = false
    this.anyBytes = false
    this.requestDone = ended
    this.parser.next()
    if (ended && this.handOver(request, first)) {
      this.touch()
      return this
    }
    let head = `${request.method} ${request.target} HTTP/1.1${request.headers.toLines()}`
    if (request.upgrade !== undefined) head += `\r\nconnection: upgrade\r\nupgrade: ${request.upgrade}`
    let tail = ''
    if (request.body === 'stream' && request.upgrade === undefined) {
      head += '\r\ntransfer-encoding: chunked\r\n\r\n'
      if (first !== undefined) {
        head += chunkStart(first.length)
        tail = CHUNK_END
      }
      if (ended) tail += lastChunk(undefined)
    } else head += '\r\n\r\n'
    writeHead(this.socket, head, first, tail)
    this.touch()
    return this
  }

  // UpstreamStream

  send(chunk: Buffer): boolean {
    const chunked = this.request?.body === 'stream' && this.request.upgrade === undefined
    if (chunked) writeHead(this.socket, chunkStart(chunk.length), chunk, CHUNK_END)
    else writeHead(this.socket, '', chunk, '')
    this.touch()
    if (this.socket.writableLength <= HIGH_WATER) return true
    this.slow = true
    return false
  }

  finish(trailers: HeaderBlock | undefined): void {
    if (this.tunnel) {
      this.socket.end()
      return
    }
    if (this.requestDone) return
    this.requestDone = true
    if (this.request?.body === 'stream') this.socket.write(lastChunk(trailers))
  }

  cancel(): void {
    this.sink = undefined
    this.close()
  }

  pauseResponse(): void {
    this.paused = true
    this.socket.pause()
  }

  resumeResponse(): void {
    this.paused = false
    this.socket.resume()
  }

  // From the socket

  /** Bytes that were read; valid during the call. */
  read(chunk: Buffer): void {
    if (this.sink === undefined) {
      // Nothing was asked: the peer is out of step with us.
      this.close()
      return
    }
    this.anyBytes = true
    this.touch()
    if (this.headDone) this.readBody(chunk, 0)
    else this.readHead(chunk)
  }

  /** A response from inside this process, in its parts. */
  private take(letter: Letter): void {
    if (this.sink === undefined || this.headDone || this.parser.started || !letter.within(LIMITS)) {
      this.read(letter.bytes())
      return
    }
    this.anyBytes = true
    this.touch()
    this.headParsed(letter, letter.body, 0)
  }

  /** Gives a whole request to the other end in its parts, where that is in this process. */
  private handOver(
    { method, target, headers, body, upgrade }: UpstreamRequest,
    first: Buffer | undefined,
  ): boolean {
    const { memory } = this
    if (memory === undefined || body === 'stream' || upgrade !== undefined) return false
    if (!memory.letter.request(method, target, headers, first)) return false
    memory.socket.write(memory.letter)
    return true
  }

  expire(): void {
    if (this.sink === undefined) this.close()
    else this.fail({ flag: 'UT', reason: 'response timeout', beforeRequest: false })
  }

  /** Closes without a word to the sink. */
  close(): void {
    if (this.gone) return
    this.gone = true
    this.sweeper.delete(this)
    this.socket.destroy()
    this.owner.closed(this)
  }

  /** Not kept for another request: closed once the present response was dealt with. */
  retire(): void {
    this.keepAlive = false
    if (this.requests === 0) this.close()
  }

  private touch(): void {
    this.deadline = this.sweeper.after(this.request?.readTimeoutMs ?? 0)
  }

  private readHead(chunk: Buffer): void {
    let at = 0
    for (;;) {
      at = this.parser.parse(chunk, at)
      if (at === NEED_MORE) return
      if (at === FAILED) {
        this.protocolError(this.parser.fault?.details ?? '')
        return
      }
      const { status, headers } = this.parser
      if (status >= 200 || status === 101) break
      this.sink?.interim(status, headers)
      this.parser.next()
      if (at === chunk.length || this.sink === undefined) return
    }
    this.headParsed(this.parser, chunk, at)
  }

  /** The head of the response is here, and its body from `at` on in the chunk. */
  private headParsed(parsed: ParsedResponse, chunk: Buffer, at: number): void {
    const head = this.frame(parsed)
    if (typeof head === 'string') {
      this.protocolError(head)
      return
    }
    this.headDone = true
    const end = this.body.read(chunk, at)
    if (end === FAILED) {
      this.protocolError(this.body.fault?.details ?? '')
      return
    }
    const done = this.body.done
    if (done && end < chunk.length) this.keepAlive = false
    const sink = this.sink as ResponseSink
    const { data: first, trailers } = this.body
    if (done) this.release()
    sink.responseHead(head, first, done && trailers === undefined)
    if (done && trailers !== undefined) sink.responseEnd(trailers)
    if (done) this.afterRelease()
  }

  private readBody(chunk: Buffer, from: number): void {
    const end = this.body.read(chunk, from)
    if (end === FAILED) {
      this.protocolError(this.body.fault?.details ?? '')
      return
    }
    const sink = this.sink as ResponseSink
    const { data, done, trailers } = this.body
    if (data !== undefined) sink.responseData(data)
    if (!done || this.sink !== sink) return
    if (end < chunk.length) this.keepAlive = false
    this.release()
    sink.responseEnd(trailers)
    this.afterRelease()
  }

  /** How the response is framed (RFC 9112 section 6.3), or what is wrong with it. */
  private frame({ status, headers, version }: ParsedResponse): ResponseHead | string {
    const request = this.request as UpstreamRequest
    const connection = headers.known(Known.connection)
    this.keepAlive =
      connection === undefined || connection === 'keep-alive'
        ? version === 11 || connection !== undefined
        : !hasToken(connection, 'close') && (version === 11 || hasToken(connection, 'keep-alive'))
    if (status === 101) {
      if (request.upgrade === undefined) return 'http1.unexpected_upgrade'
      const upgrade = headers.known(Known.upgrade) ?? request.upgrade
      headers.removeKnown(HOP_BY_HOP)
      headers.setKnown(Known.upgrade, 'upgrade', upgrade)
      this.keepAlive = false
      this.tunnel = true
      this.body.startUntilClose()
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
    if (connection !== undefined && connection !== 'keep-alive') dropNamed(headers, connection)
    headers.removeKnown(HOP_BY_HOP)
    if (request.method === 'HEAD' || status === NO_CONTENT || status === NOT_MODIFIED) {
      // There is none, whatever it says (RFC 9110 section 8.6).
      if (status === NO_CONTENT) headers.removeKnown(bit(Known.contentLength))
      this.body.startNone()
      return { status, headers, body: 'none', length }
    }
    if (chunked) {
      this.body.startChunked()
      return { status, headers, body: 'stream', length: -1 }
    }
    if (length >= 0) {
      this.body.startLength(length)
      return { status, headers, body: 'length', length }
    }
    this.keepAlive = false
    this.body.startUntilClose()
    return { status, headers, body: 'stream', length: -1 }
  }

  /** The response is whole: the connection is free, or closed when it cannot be used again. */
  private release(): void {
    this.sink = undefined
    this.deadline = 0
    // The last bytes may have been too many for the client: that is its affair, not that of the next request.
    if (this.paused) this.resumeResponse()
    if (this.keepAlive && this.requestDone && !this.gone) this.owner.freed(this)
  }

  private afterRelease(): void {
    if (!this.keepAlive || (!this.requestDone && this.sink === undefined)) this.close()
  }

  private ended(error: NodeJS.ErrnoException | undefined): void {
    if (this.gone) return
    const { sink } = this
    if (sink !== undefined && this.headDone && this.body.endsWithConnection && error === undefined) {
      this.sink = undefined
      this.close()
      sink.responseEnd(undefined)
      return
    }
    const transport = error === undefined ? undefined : transportReason(error, this.socket.encrypted)
    this.fail({
      flag: 'UC',
      reason: 'connection termination',
      ...(transport === undefined ? {} : { transport }),
      beforeRequest: this.reused && !this.anyBytes,
    })
  }

  private protocolError(details: string): void {
    this.fail({ flag: 'UPE', reason: 'protocol error', transport: details, beforeRequest: false })
  }

  private fail(failure: UpstreamFailure): void {
    const { sink } = this
    this.sink = undefined
    this.close()
    sink?.upstreamFailed(failure)
  }
}

function dropNamed(headers: HeaderBlock, connection: string): void {
  for (const item of connection.split(',')) {
    const name = item.trim().toLowerCase()
    if (name !== '' && name !== 'close' && name !== 'keep-alive' && name !== 'content-length')
      headers.remove(name)
  }
}
