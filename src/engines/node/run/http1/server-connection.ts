// An HTTP/1.1 connection of a client: requests out of its bytes, one after the other, responses into it.
import type { Socket } from 'node:net'
import type { ByteSocket } from '../byte-socket.ts'
import type { ClientConnection } from '../client-connection.ts'
import { readShared } from '../fast-read.ts'
import { Exchange } from '../http/exchange.ts'
import type { HeaderBlock } from '../http/headers/header-block.ts'
import type { Downstream, RequestHead, ResponseHead } from '../http/messages.ts'
import type { HttpChain } from '../http-chain.ts'
import type { Letter } from '../joined/letter.ts'
import { MemorySocket } from '../joined/memory-socket.ts'
import { TurnSocket } from '../turn-socket.ts'
import { admit, refusalStatus, refusedHead } from './admission.ts'
import { BodyReader } from './body-reader.ts'
import { type Fault, fault } from './fault.ts'
import { HeadParser } from './head-parser.ts'
import { LingeringClose } from './lingering-close.ts'
import { FAILED, NEED_MORE } from './parse-result.ts'
import type { ParsedRequest, RequestLine } from './request-head.ts'
import { ResponseWriter } from './response-writer.ts'

/** One request at a time: what a client sends ahead of its turn waits. */
export class Http1ServerConnection implements Downstream {
  deadline = 0
  private readonly socket: ByteSocket
  private readonly writer: ResponseWriter
  private readonly chain: HttpChain
  private readonly connection: ClientConnection
  private readonly parser: HeadParser
  private readonly body: BodyReader
  private exchange: Exchange | undefined
  /** Of the request in hand. */
  private version: RequestHead['version'] = 'HTTP/1.1'
  /** Bytes that came while a request was in hand. */
  private waiting: Buffer | undefined
  private keepAlive = true
  private tunnel = false
  private paused = false
  private closing: LingeringClose | undefined
  private draining = false
  private gone = false
  private requests = 0

  constructor(socket: Socket | MemorySocket, connection: ClientConnection, chain: HttpChain) {
    this.socket = socket instanceof MemorySocket ? socket : new TurnSocket(socket)
    this.writer = new ResponseWriter(this.socket)
    this.connection = connection
    this.chain = chain
    const { maxHeaderBytes, maxHeaders } = chain.plan.manager.limits
    const limits = { maxBytes: maxHeaderBytes, maxHeaders }
    this.parser = new HeadParser('request', limits)
    this.body = new BodyReader(limits)
    socket.on('end', () => this.ended())
    socket.on('error', () => this.lost())
    socket.on('close', () => this.lost())
    socket.on('drain', () => {
      if (this.writer.drained()) this.exchange?.clientReady()
    })
    chain.add(this)
    this.armIdle()
    if (socket instanceof MemorySocket)
      socket.onBytes(
        (chunk) => this.data(chunk),
        (letter) => this.take(letter),
      )
    else readShared(socket, (chunk) => this.data(chunk))
  }

  /** Ends the connection as soon as it has no request in hand, and tells the client so. */
  drain(): void {
    this.draining = true
    // In memory it is known what is on its way.
    const unread = this.socket instanceof MemorySocket ? this.socket.unread : 0
    if (this.exchange === undefined && !this.parser.started && unread === 0) this.finishConnection()
  }

  destroy(): void {
    this.socket.destroy()
    this.lost()
  }

  expire(): void {
    const { exchange } = this
    if (exchange !== undefined) exchange.idleTooLong()
    else if (this.closing !== undefined) this.deadline = this.closing.look()
    else if (this.parser.started) this.refuse(fault('request_head_timeout'))
    else this.finishConnection()
  }

  // Downstream

  respond(head: ResponseHead, first: Buffer | undefined, ended: boolean): boolean {
    this.tunnel = head.body === 'tunnel'
    // A body that is not all here when the whole answer is, would have to be read and thrown away.
    const keep = this.keepAlive && !this.draining && !(ended && !this.body.done)
    this.keepAlive = this.writer.start(head, this.version, first, ended, keep)
    if (ended) {
      this.responseDone()
      return true
    }
    this.armStream()
    // What came before the answer is the first of the other protocol.
    if (this.tunnel && this.waiting !== undefined) queueMicrotask(() => this.takeWaiting())
    return this.writer.hasRoom()
  }

  send(chunk: Buffer): boolean {
    this.writer.send(chunk)
    this.armStream()
    return this.writer.hasRoom()
  }

  finish(trailers: HeaderBlock | undefined): void {
    this.writer.finish(trailers)
    this.responseDone()
  }

  inform(status: number, headers: HeaderBlock | undefined): void {
    // HTTP/1.0 has none of these (RFC 9110 section 15.2), and after the response there is nothing to inform of.
    if (this.exchange !== undefined && this.version === 'HTTP/1.1') this.writer.inform(status, headers)
  }

  abort(): void {
    this.writer.abort(this.connection.tls !== undefined)
    this.lost()
  }

  pauseRequest(): void {
    this.paused = true
    this.socket.pause()
  }

  resumeRequest(): void {
    this.paused = false
    this.socket.resume()
  }

  // From the socket

  private data(chunk: Buffer): void {
    // What came before has its turn first, even when that has only just come.
    if (this.waiting !== undefined) this.hold(chunk)
    else this.process(chunk, 0)
  }

  /** A request from inside this process, in its parts. */
  private take(letter: Letter): void {
    if (this.closing !== undefined || this.gone) return
    if (!this.between || !letter.within(this.parser.limits)) {
      this.data(letter.bytes())
      return
    }
    const { body } = letter
    const at = this.begin(letter, body, 0)
    if (at !== FAILED && at < body.length) this.process(body, at)
  }

  /** What comes now is the start of a request. */
  private get between(): boolean {
    return this.exchange === undefined && this.waiting === undefined && !this.parser.started
  }

  private process(chunk: Buffer, from: number): void {
    let at = from
    while (at >= 0 && at < chunk.length && this.closing === undefined && !this.gone) {
      const { exchange } = this
      if (exchange === undefined) at = this.readHead(chunk, at)
      else if (this.tunnel) {
        exchange.requestData(chunk.subarray(at))
        return
      } else if (this.body.done) {
        this.hold(chunk.subarray(at))
        return
      } else at = this.readBody(exchange, chunk, at)
    }
  }

  private readHead(chunk: Buffer, from: number): number {
    const { started } = this.parser
    const at = this.parser.parse(chunk, from)
    if (at === FAILED) return this.refuse(this.parser.fault as Fault)
    if (at !== NEED_MORE) return this.begin(this.parser, chunk, at)
    if (!started && this.parser.started) this.arm(this.chain.plan.manager.limits.requestHeadersTimeoutMs)
    return NEED_MORE
  }

  /** A head is complete: starts its exchange, with what is here of the body. Returns the index behind that. */
  private begin(parsed: ParsedRequest, chunk: Buffer, from: number): number {
    const { services, plan } = this.chain
    const request = admit(parsed, plan.manager, this.connection.tls !== undefined)
    if ('details' in request) return this.refuse(request, parsed)
    const { head } = request
    this.requests++
    const { maxRequestsPerConnection } = plan.manager.limits
    this.keepAlive =
      request.keepAlive && (maxRequestsPerConnection === 0 || this.requests < maxRequestsPerConnection)
    this.version = head.version
    this.body.startRequest(head)
    const at = this.body.read(chunk, from)
    if (at === FAILED) return this.refuse(this.body.fault as Fault, parsed)
    const { data, done, trailers } = this.body
    const exchange = new Exchange(services, plan, this.connection, this, head)
    this.exchange = exchange
    exchange.begin(data, done && trailers === undefined)
    // Only now is its route known; it may be over already.
    if (this.exchange === exchange) this.armStream()
    if (done && trailers !== undefined) exchange.requestEnd(trailers)
    return at
  }

  private readBody(exchange: Exchange, chunk: Buffer, from: number): number {
    const at = this.body.read(chunk, from)
    if (at === FAILED) {
      const problem = this.body.fault as Fault
      if (exchange.responding) {
        exchange.clientGone(problem.details)
        this.destroy()
      } else exchange.refuse(problem)
      return FAILED
    }
    this.armStream()
    const { data, done, trailers } = this.body
    if (data !== undefined) exchange.requestData(data)
    if (done) exchange.requestEnd(trailers)
    return at
  }

  /** Keeps what comes before its turn, and lets no more come. */
  private hold(chunk: Buffer): void {
    this.waiting = this.waiting === undefined ? Buffer.from(chunk) : Buffer.concat([this.waiting, chunk])
    this.socket.pause()
  }

  private responseDone(): void {
    this.exchange = undefined
    if (this.paused) this.resumeRequest()
    this.tunnel = false
    if (!this.keepAlive || !this.body.done || this.draining) {
      this.finishConnection()
      return
    }
    this.parser.next()
    this.armIdle()
    if (this.waiting !== undefined) queueMicrotask(() => this.takeWaiting())
  }

  private takeWaiting(): void {
    const { waiting } = this
    if (waiting === undefined || this.gone || (this.exchange !== undefined && !this.tunnel)) return
    this.waiting = undefined
    this.socket.resume()
    this.process(waiting, 0)
  }

  /** Answers what is no request, and ends the connection. Returns FAILED. */
  private refuse({ status, details }: Fault, seen: RequestLine = this.parser): number {
    const { services, plan } = this.chain
    this.version = 'HTTP/1.1'
    this.keepAlive = false
    const exchange = new Exchange(services, plan, this.connection, this, refusedHead(seen))
    this.exchange = exchange
    exchange.requestEnded = true
    exchange.refuse({ status: refusalStatus(plan.manager, status), details })
    return FAILED
  }

  /** What was written is delivered, then the connection closes. What still comes is read and thrown away. */
  private finishConnection(): void {
    if (this.gone || this.closing !== undefined) return
    this.waiting = undefined
    this.closing = new LingeringClose(this.socket, this.chain.plan.manager.limits.streamIdleTimeoutMs)
    this.deadline = this.closing.deadline
    this.socket.resume()
  }

  private ended(): void {
    if (this.tunnel) this.exchange?.requestEnd(undefined)
    else if (this.exchange !== undefined) {
      this.exchange.clientGone()
      this.destroy()
    } else {
      this.socket.end()
      this.lost()
    }
  }

  private lost(): void {
    if (this.gone) return
    this.gone = true
    this.chain.delete(this)
    const { exchange } = this
    this.exchange = undefined
    exchange?.clientGone()
    this.socket.destroySoon()
  }

  private armIdle(): void {
    this.arm(this.chain.plan.manager.limits.idleTimeoutMs)
  }

  private armStream(): void {
    this.arm(this.exchange?.idleTimeoutMs ?? 0)
  }

  private arm(ms: number): void {
    this.deadline = this.chain.services.sweeper.after(ms)
  }
}
