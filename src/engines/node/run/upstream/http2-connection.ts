// An HTTP/2 connection to an upstream: many requests at once.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import { type Expiring, monotonic, type Sweeper } from '../clock.ts'
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { Known } from '../http/headers/known-headers.ts'
import type { ResponseHead, ResponseSink, UpstreamFailure, UpstreamStream } from '../http/messages.ts'
import { FORBIDDEN_TRAILERS } from '../http1/body-reader.ts'
import { parseContentLength } from '../http1/content-length.ts'
import { blockOf, blockOfTrailers, fieldsOf } from '../http2/header-fields.ts'
import { writeCopy } from '../slab.ts'
import type { UpstreamConnection, UpstreamRequest } from './upstream-request.ts'

const HIGH_WATER = 128 * 1024

/** Who keeps the connection. */
export interface Http2Owner {
  /** A stream ended: there is room for another. */
  freed(): void
  closed(connection: Http2Connection): void
}

export class Http2Connection implements UpstreamConnection, Expiring {
  readonly localAddress: string
  readonly openedAt = monotonic()
  deadline = 0
  reused = false
  active = 0
  requests = 0
  /** No new requests: the peer said GOAWAY, or the pool drains. */
  leaving = false
  private readonly session: ClientHttp2Session
  private readonly owner: Http2Owner
  private readonly sweeper: Sweeper
  private readonly idleTimeoutMs: number

  constructor(socket: Socket, owner: Http2Owner, sweeper: Sweeper, idleTimeoutMs: number) {
    this.owner = owner
    this.sweeper = sweeper
    this.idleTimeoutMs = idleTimeoutMs
    this.localAddress = `${socket.localAddress}:${socket.localPort}`
    // The authority of each request is its own; this one is never sent.
    this.session = connect('http://upstream', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: 1024 * 1024 },
    })
    const { session } = this
    session.on('goaway', () => {
      this.leaving = true
    })
    session.on('error', () => this.close())
    session.on('close', () => this.close())
    sweeper.add(this)
    this.deadline = sweeper.after(idleTimeoutMs)
  }

  /** How many requests may be in flight at once. */
  get capacity(): number {
    return this.session.remoteSettings.maxConcurrentStreams ?? 100
  }

  start(
    request: UpstreamRequest,
    first: Buffer | undefined,
    ended: boolean,
    sink: ResponseSink,
  ): UpstreamStream {
    this.reused = this.requests > 0
    this.requests++
    this.active++
    this.deadline = 0
    const stream = new Http2UpstreamStream(sink, request, () => {
      if (--this.active === 0) this.rest()
      this.owner.freed()
      if (this.leaving && this.active === 0) this.close()
    })
    stream.open(this.session, first, ended)
    return stream
  }

  /** Ends once its requests have ended. */
  drain(): void {
    this.leaving = true
    if (this.active === 0) this.close()
  }

  close(): void {
    this.leaving = true
    this.sweeper.delete(this)
    this.session.destroy()
    this.owner.closed(this)
  }

  /** No request has used it for too long. */
  expire(): void {
    this.drain()
  }

  /** No request is on it. */
  private rest(): void {
    if (this.idleTimeoutMs === 0) this.leaving = true
    this.deadline = this.sweeper.after(this.idleTimeoutMs)
  }
}

class Http2UpstreamStream implements UpstreamStream {
  private sink: ResponseSink | undefined
  private readonly request: UpstreamRequest
  private readonly done: () => void
  private stream: ClientHttp2Stream | undefined
  private trailers: OutgoingHttpHeaders = {}
  private responseTrailers: HeaderBlock | undefined
  private headed = false

  constructor(sink: ResponseSink, request: UpstreamRequest, done: () => void) {
    this.sink = sink
    this.request = request
    this.done = done
  }

  open(session: ClientHttp2Session, first: Buffer | undefined, ended: boolean): void {
    const { request } = this
    const fields = fieldsOf(request.headers, 'drop')
    fields[':method'] = request.method
    fields[':path'] = request.target
    fields[':scheme'] = request.scheme
    fields[':authority'] = request.authority
    const empty = ended && first === undefined
    let stream: ClientHttp2Stream
    try {
      stream = session.request(fields, { endStream: empty, waitForTrailers: !empty })
    } catch (error) {
      this.done()
      const reason = error instanceof Error ? error.message : String(error)
      queueMicrotask(() =>
        this.fail({ flag: 'UC', reason: 'connection termination', transport: reason, beforeRequest: true }),
      )
      return
    }
    this.stream = stream
    this.listen(stream)
    if (request.readTimeoutMs > 0) {
      stream.setTimeout(request.readTimeoutMs, () => {
        this.fail({ flag: 'UT', reason: 'response timeout', beforeRequest: false })
        stream.close(constants.NGHTTP2_CANCEL)
      })
    }
    if (first !== undefined) writeCopy(stream, first)
    if (ended) stream.end()
  }

  send(chunk: Buffer): boolean {
    const { stream } = this
    if (stream === undefined || stream.destroyed) return true
    writeCopy(stream, chunk)
    return stream.writableLength <= HIGH_WATER
  }

  finish(trailers: HeaderBlock | undefined): void {
    // They go when the rest has gone; an HTTP/1.1 connection that they came by may have read others by then.
    if (trailers !== undefined) this.trailers = fieldsOf(trailers, 'drop')
    this.stream?.end()
  }

  cancel(): void {
    this.sink = undefined
    this.stream?.close(constants.NGHTTP2_CANCEL)
  }

  pauseResponse(): void {
    this.stream?.pause()
  }

  resumeResponse(): void {
    this.stream?.resume()
  }

  private listen(stream: ClientHttp2Stream): void {
    stream.on('drain', () => this.sink?.upstreamReady())
    stream.on('wantTrailers', () => {
      // Node throws at trailers of a stream that has been reset meanwhile.
      if (stream.closed || stream.destroyed) return
      stream.sendTrailers(this.trailers)
    })
    stream.on(
      'headers',
      (headers: IncomingHttpHeaders & IncomingHttpStatusHeader, _flags: number, raw: unknown) => {
        const status = headers[':status'] ?? 0
        if (status < 200) this.sink?.interim(status, blockOf(raw as string[]))
      },
    )
    stream.on('response', (headers, flags: number, raw?: unknown) => {
      this.headed = true
      const head = this.head(headers[':status'] ?? 0, blockOf(raw as string[]))
      if (head === undefined) {
        this.protocolError('http2.bad_content_length')
        return
      }
      const ended = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
      const { sink } = this
      if (ended) this.sink = undefined
      sink?.responseHead(head, undefined, ended)
    })
    stream.on('trailers', (headers: IncomingHttpHeaders) => {
      this.responseTrailers = blockOfTrailers(headers)
      if (!this.responseTrailers.hasAny(FORBIDDEN_TRAILERS)) return
      this.protocolError('http2.bad_trailer')
    })
    stream.on('data', (chunk: Buffer) => this.sink?.responseData(chunk))
    stream.on('end', () => {
      if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR || !this.headed) return
      const { sink } = this
      this.sink = undefined
      sink?.responseEnd(this.responseTrailers)
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      this.done()
      const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR
      this.fail(closedBy(code))
    })
  }

  private head(status: number, headers: HeaderBlock): ResponseHead | undefined {
    const given = headers.known(Known.contentLength)
    const length = given === undefined ? -1 : parseContentLength(given)
    if (length === undefined) return undefined
    const silent = this.request.method === 'HEAD' || status === 204 || status === 304
    return { status, headers, body: silent ? 'none' : length < 0 ? 'stream' : 'length', length }
  }

  private protocolError(details: string): void {
    this.fail({ flag: 'UPE', reason: 'protocol error', transport: details, beforeRequest: false })
    this.stream?.close(constants.NGHTTP2_PROTOCOL_ERROR)
  }

  private fail(failure: UpstreamFailure): void {
    const { sink } = this
    this.sink = undefined
    sink?.upstreamFailed(failure)
  }
}

/** What it means that a stream ended with this code before its response was whole. As in Envoy, an upstream that could not read the request is a protocol error. */
function closedBy(code: number): UpstreamFailure {
  switch (code) {
    case constants.NGHTTP2_NO_ERROR:
      return { flag: 'UC', reason: 'connection termination', beforeRequest: false }
    case constants.NGHTTP2_PROTOCOL_ERROR:
      return { flag: 'UPE', reason: 'protocol error', beforeRequest: false }
    default:
      return {
        flag: 'UR',
        reason: 'remote reset',
        beforeRequest: code === constants.NGHTTP2_REFUSED_STREAM,
      }
  }
}
