// An HTTP/1.1 connection to an upstream: one request at a time, kept for the next when the response was whole.
import type { ByteSocket } from '../byte-socket.ts'
import { monotonic, type Sweeper } from '../clock.ts'
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { Known } from '../http/headers/known-headers.ts'
import type { ResponseSink, UpstreamFailure, UpstreamStream } from '../http/messages.ts'
import { BodyReader } from '../http1/body-reader.ts'
import { persists } from '../http1/connection-field.ts'
import { HeadParser } from '../http1/head-parser.ts'
import { FAILED, NEED_MORE } from '../http1/parse-result.ts'
import { RequestWriter } from '../http1/request-writer.ts'
import { type ParsedResponse, readResponseHead } from '../http1/response-head.ts'
import type { Letter } from '../joined/letter.ts'
import { MemorySocket } from '../joined/memory-socket.ts'
import { transportReason } from './dial.ts'
import type { UpstreamConnection, UpstreamRequest } from './upstream-request.ts'

const LIMITS = { maxBytes: 64 * 1024, maxHeaders: 200 }

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
  private readonly owner: ConnectionOwner
  private readonly sweeper: Sweeper
  private readonly writer: RequestWriter
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
    this.writer = new RequestWriter(socket)
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
      if (this.writer.drained()) this.sink?.upstreamReady()
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
    this.writer.start(request, first, ended)
    this.touch()
    return this
  }

  // UpstreamStream

  send(chunk: Buffer): boolean {
    this.writer.send(chunk)
    this.touch()
    return this.writer.hasRoom()
  }

  finish(trailers: HeaderBlock | undefined): void {
    if (this.tunnel) {
      this.socket.end()
      return
    }
    if (this.requestDone) return
    this.requestDone = true
    this.writer.finish(trailers)
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
    const connection = parsed.headers.known(Known.connection)
    const { body } = this
    const head = readResponseHead(parsed, connection, this.request as UpstreamRequest, body)
    if (typeof head === 'string') {
      this.protocolError(head)
      return
    }
    this.keepAlive = persists(connection, parsed.version) && !body.endsWithConnection
    this.tunnel = head.body === 'tunnel'
    this.headDone = true
    const end = body.read(chunk, at)
    if (end === FAILED) {
      this.protocolError(body.fault?.details ?? '')
      return
    }
    const sink = this.sink as ResponseSink
    const { data: first, done, trailers } = body
    if (done && end < chunk.length) this.keepAlive = false
    const whole = done && trailers === undefined
    if (whole) this.release()
    sink.responseHead(head, first, whole)
    if (whole) this.afterRelease()
    else if (done) this.finishResponse(sink, trailers)
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
    if (!done) return
    if (end < chunk.length) this.keepAlive = false
    this.finishResponse(sink, trailers)
  }

  /** Ends a response of which the sink has heard the rest, unless it gave up meanwhile: another try may be what it waits for. */
  private finishResponse(sink: ResponseSink, trailers: HeaderBlock | undefined): void {
    if (this.sink !== sink) return
    this.release()
    sink.responseEnd(trailers)
    this.afterRelease()
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
