// One request on an HTTP/2 connection of a client.
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { ClientConnection } from '../client-connection.ts'
import type { Expiring, Sweeper } from '../clock.ts'
import { Exchange } from '../http/exchange.ts'
import type { HeaderBlock } from '../http/headers/header-block.ts'
import type { Downstream, ResponseHead } from '../http/messages.ts'
import type { HttpChain } from '../http-chain.ts'
import { FORBIDDEN_TRAILERS } from '../http1/body-reader.ts'
import { writeCopy } from '../slab.ts'
import { blockOfTrailers, fieldsOf } from './header-fields.ts'
import { readRequestHead } from './request-head.ts'

const HIGH_WATER = 128 * 1024

export class Http2ServerStream implements Downstream, Expiring {
  deadline = 0
  private readonly stream: ServerHttp2Stream
  private readonly exchange: Exchange
  private readonly sweeper: Sweeper
  private trailers: OutgoingHttpHeaders = {}
  private requestTrailers: HeaderBlock | undefined
  private responded = false
  private requestEnded = false
  private slow = false
  private over = false
  /** Ended by us before its time. */
  private cut = false

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    endStream: boolean,
    connection: ClientConnection,
    chain: HttpChain,
  ) {
    this.stream = stream
    this.sweeper = chain.services.sweeper
    const { maxHeaderBytes } = chain.plan.manager.limits
    const { head, fault } = readRequestHead(headers, raw, endStream, maxHeaderBytes)
    this.exchange = new Exchange(chain.services, chain.plan, connection, this, head)
    this.listen(endStream)
    if (head.method === 'CONNECT' && chain.plan.manager.forwardProxy !== true) {
      this.exchange.refuse({ status: 405, details: 'http2.connect_refused' })
    } else if (fault !== undefined) this.exchange.refuse(fault)
    else this.exchange.begin(undefined, endStream)
    this.touch()
  }

  respond(head: ResponseHead, first: Buffer | undefined, ended: boolean): boolean {
    const { stream } = this
    this.responded = true
    if (this.dead) return true
    const fields = fieldsOf(head.headers, 'keep')
    fields[':status'] = head.status
    const empty = ended && first === undefined
    stream.respond(fields, { endStream: empty, waitForTrailers: !empty })
    if (first !== undefined) writeCopy(stream, first)
    if (ended) this.end()
    this.touch()
    return this.ready()
  }

  send(chunk: Buffer): boolean {
    if (this.dead) return true
    writeCopy(this.stream, chunk)
    this.touch()
    return this.ready()
  }

  finish(trailers: HeaderBlock | undefined): void {
    // They go when the rest has gone; an HTTP/1.1 connection that they came by may have read others by then.
    if (trailers !== undefined) this.trailers = fieldsOf(trailers, 'drop')
    this.end()
  }

  inform(status: number, headers: HeaderBlock | undefined): void {
    const { stream } = this
    if (this.dead || stream.headersSent || status === 101) return
    const fields = headers === undefined ? {} : fieldsOf(headers, 'keep')
    stream.additionalHeaders({ ...fields, ':status': status })
  }

  abort(): void {
    this.over = true
    this.cut = true
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  pauseRequest(): void {
    this.stream.pause()
  }

  resumeRequest(): void {
    this.stream.resume()
  }

  /** Nothing has moved for too long. */
  expire(): void {
    // An answer that is whole here may still wait for a client that does not read.
    if (this.over) this.abort()
    else this.exchange.idleTooLong()
  }

  /** The client, or something it did, ended the stream before its answer had gone out. */
  get broken(): boolean {
    return !this.cut && !(this.over && this.stream.rstCode === constants.NGHTTP2_NO_ERROR)
  }

  /** Reset by the client: node would throw at what is still written. */
  private get dead(): boolean {
    return this.stream.destroyed || this.stream.closed
  }

  private touch(): void {
    this.deadline = this.sweeper.after(this.exchange.idleTimeoutMs)
  }

  private listen(endStream: boolean): void {
    const { stream, exchange } = this
    stream.on('error', () => {})
    // Even where what came before has not been read yet, which keeps the stream from closing.
    stream.on('aborted', () => exchange.clientGone())
    stream.on('close', () => {
      if (!this.over || !this.responded) exchange.clientGone()
    })
    stream.on('drain', () => {
      if (!this.slow) return
      this.slow = false
      exchange.clientReady()
    })
    stream.on('wantTrailers', () => {
      if (this.dead) return
      // Without fields this is an empty DATA frame that ends the stream.
      stream.sendTrailers(this.trailers)
      // What the client still sends of its request is of no use any more (RFC 9113 section 8.1).
      if (!this.requestEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
    if (endStream) {
      this.requestEnded = true
      stream.resume()
      return
    }
    stream.on('trailers', (headers: IncomingHttpHeaders) => {
      this.requestTrailers = blockOfTrailers(headers)
      if (!this.requestTrailers.hasAny(FORBIDDEN_TRAILERS)) return
      this.requestEnded = true
      if (exchange.responding) {
        exchange.clientGone('http2.bad_trailer')
        stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
      } else exchange.refuse({ status: 400, details: 'http2.bad_trailer' })
    })
    stream.on('data', (chunk: Buffer) => {
      this.touch()
      exchange.requestData(chunk)
    })
    stream.on('end', () => {
      if (stream.aborted || this.requestEnded) return
      this.requestEnded = true
      exchange.requestEnd(this.requestTrailers)
    })
  }

  private end(): void {
    this.over = true
    if (!this.dead) this.stream.end()
  }

  private ready(): boolean {
    if (this.stream.writableLength <= HIGH_WATER) return true
    this.slow = true
    return false
  }
}
