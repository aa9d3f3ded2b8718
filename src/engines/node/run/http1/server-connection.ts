// An HTTP/1.1 connection of a client: requests out of its bytes, one after the other, responses into it.
import type { Socket } from 'node:net'
import type { HttpManager } from '../../../../ir/listener.ts'
import type { ByteSocket } from '../byte-socket.ts'
import type { ClientConnection } from '../client-connection.ts'
import { readShared } from '../fast-read.ts'
import { Exchange, profileOf } from '../http/exchange.ts'
import { HeaderBlock } from '../http/header-block.ts'
import type { Downstream, RequestHead, ResponseHead } from '../http/messages.ts'
import type { HttpChain } from '../http-chain.ts'
import { Letter } from '../joined/letter.ts'
import { MemorySocket } from '../joined/memory-socket.ts'
import { TurnSocket } from '../turn-socket.ts'
import { BodyReader } from './body-reader.ts'
import { type Fault, fault } from './fault.ts'
import { Goodbye } from './goodbye.ts'
import type { HeadLimits } from './head-limits.ts'
import { HeadParser } from './head-parser.ts'
import { CHUNK_END, chunkStart, lastChunk, statusLine, writeHead } from './message-text.ts'
import { FAILED, NEED_MORE } from './parse-result.ts'
import { type ParsedRequest, readRequestHead } from './request-head.ts'

/** Bytes waiting in a socket above which the sender has to wait. */
const HIGH_WATER = 128 * 1024

/** Nobody stands before it whose word counts: what must come over TLS has to come over TLS to here (RFC 9110 section 7.4). */
const isEdge = ({ clientAddress }: HttpManager): boolean =>
  clientAddress.useRemoteAddress && clientAddress.trustedHops === 0

export class Http1ServerConnection implements Downstream {
  deadline = 0
  private readonly socket: ByteSocket
  /** The same, when it is inside this process, and what is sent through it. */
  private readonly memory: { readonly socket: MemorySocket; readonly letter: Letter } | undefined
  private readonly chain: HttpChain
  private readonly connection: ClientConnection
  private readonly limits: HeadLimits
  private readonly parser: HeadParser
  private readonly body: BodyReader
  private exchange: Exchange | undefined
  private head: RequestHead | undefined
  /** Bytes that came while a request was in hand. */
  private waiting: Buffer | undefined
  private keepAlive = true
  private chunked = false
  private tunnel = false
  private slow = false
  private paused = false
  private goodbye: Goodbye | undefined
  /** The client can tell where the response should have ended. */
  private framed = true
  private draining = false
  private gone = false
  private requests = 0

  constructor(socket: Socket | MemorySocket, connection: ClientConnection, chain: HttpChain) {
    if (socket instanceof MemorySocket) {
      this.socket = socket
      this.memory = { socket, letter: new Letter() }
    } else this.socket = new TurnSocket(socket)
    this.connection = connection
    this.chain = chain
    const { maxHeaderBytes, maxHeaders } = chain.plan.manager.limits
    this.limits = { maxBytes: maxHeaderBytes, maxHeaders }
    this.parser = new HeadParser('request', this.limits)
    this.body = new BodyReader(this.limits)
    socket.on('end', () => this.ended())
    socket.on('error', () => this.lost())
    socket.on('close', () => this.lost())
    socket.on('drain', () => {
      if (!this.slow) return
      this.slow = false
      this.exchange?.clientReady()
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
    const unread = this.memory?.socket.unread ?? 0
    if (this.exchange === undefined && !this.parser.started && unread === 0) this.finishConnection()
  }

  destroy(): void {
    this.socket.destroy()
    this.lost()
  }

  expire(): void {
    const { exchange } = this
    if (exchange !== undefined) exchange.idleTooLong()
    else if (this.goodbye !== undefined) this.bid(this.goodbye)
    else if (this.parser.started) this.refuse(fault('request_head_timeout'))
    else this.finishConnection()
  }

  // Downstream

  respond(head: ResponseHead, first: Buffer | undefined, ended: boolean): boolean {
    const old = this.head?.version === 'HTTP/1.0'
    this.tunnel = head.body === 'tunnel'
    this.chunked = head.body === 'stream' && !old
    // The end of the connection ends the body.
    this.framed = head.body !== 'stream' || !old
    // A body that is not all here when the whole answer is, would have to be read and thrown away.
    if (this.tunnel || !this.framed || this.draining || (ended && !this.body.done)) this.keepAlive = false
    if (!(ended && this.handOver(head, first))) this.writeResponse(head, first, ended, old)
    if (ended) {
      this.responseDone()
      return true
    }
    this.armStream()
    return this.ready()
  }

  send(chunk: Buffer): boolean {
    if (this.chunked) writeHead(this.socket, chunkStart(chunk.length), chunk, CHUNK_END)
    else writeHead(this.socket, '', chunk, '')
    this.armStream()
    return this.ready()
  }

  finish(trailers: HeaderBlock | undefined): void {
    if (this.chunked) this.socket.write(lastChunk(trailers))
    this.responseDone()
  }

  inform(status: number, headers: HeaderBlock | undefined): void {
    if (this.head?.version !== 'HTTP/1.1') return
    this.socket.write(`${statusLine(status)}${headers?.toLines() ?? ''}\r\n\r\n`)
  }

  abort(): void {
    // With a length or chunks the client sees that something is missing; else only a reset tells it.
    if (this.framed || this.connection.tls !== undefined) this.socket.destroy()
    else this.socket.resetAndDestroy()
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

  /** Gives a whole response to the other end in its parts, where that is in this process and nothing of it is for the connection. */
  private handOver({ status, headers }: ResponseHead, body: Buffer | undefined): boolean {
    const { memory } = this
    if (memory === undefined || !this.keepAlive || this.chunked) return false
    if (!memory.letter.response(status, headers, body)) return false
    memory.socket.write(memory.letter)
    return true
  }

  private writeResponse(head: ResponseHead, first: Buffer | undefined, ended: boolean, old: boolean): void {
    let text = statusLine(head.status) + head.headers.toLines()
    let tail = ''
    if (this.chunked) text += '\r\ntransfer-encoding: chunked'
    if (this.tunnel) {
      if (head.status === 101) text += '\r\nconnection: upgrade'
    } else if (!this.keepAlive) text += '\r\nconnection: close'
    else if (old) text += '\r\nconnection: keep-alive'
    text += '\r\n\r\n'
    if (this.chunked) {
      if (first !== undefined) {
        text += chunkStart(first.length)
        tail = CHUNK_END
      }
      if (ended) tail += lastChunk(undefined)
    }
    writeHead(this.socket, text, first, tail)
  }

  // From the socket

  private data(chunk: Buffer): void {
    if (this.goodbye !== undefined) return
    if (this.exchange !== undefined && (this.body.done || this.waiting !== undefined) && !this.tunnel) {
      this.waiting = this.waiting === undefined ? Buffer.from(chunk) : Buffer.concat([this.waiting, chunk])
      this.socket.pause()
      return
    }
    this.process(chunk)
  }

  /** A request from inside this process, in its parts. */
  private take(letter: Letter): void {
    if (this.goodbye !== undefined) return
    if (this.exchange !== undefined || this.parser.started || !letter.within(this.limits)) {
      this.data(letter.bytes())
      return
    }
    const { body } = letter
    const at = this.begin(letter, body, 0)
    if (at !== FAILED && at < body.length) this.process(body, at)
  }

  private process(chunk: Buffer, from = 0): void {
    let at = from
    while (at < chunk.length && this.goodbye === undefined && !this.gone) {
      if (this.tunnel) {
        this.exchange?.requestData(chunk.subarray(at))
        break
      }
      if (this.exchange !== undefined) {
        if (this.body.done) {
          this.waiting = Buffer.from(chunk.subarray(at))
          this.socket.pause()
          break
        }
        at = this.readBody(this.exchange, chunk, at)
        if (at === FAILED) break
        continue
      }
      const started = this.parser.started
      at = this.parser.parse(chunk, at)
      if (at === NEED_MORE) {
        if (!started && this.parser.started) this.armHead()
        break
      }
      if (at === FAILED) {
        this.refuse(this.parser.fault as Fault)
        break
      }
      at = this.begin(this.parser, chunk, at)
      if (at === FAILED) break
    }
  }

  /** A head is complete: starts its exchange, with what is here of the body. Returns the index behind that. */
  private begin(parsed: ParsedRequest, chunk: Buffer, from: number): number {
    const request = readRequestHead(parsed)
    if ('details' in request) {
      this.refuse(request, parsed)
      return FAILED
    }
    const { head } = request
    const { plan } = this.chain
    const profile = profileOf(plan.manager)
    if (head.version === 'HTTP/1.0' && !profile.http10) {
      this.refuse(fault('http10_refused'), parsed)
      return FAILED
    }
    if (head.method === 'CONNECT' && plan.manager.forwardProxy !== true) {
      this.refuse(fault('connect_refused'), parsed)
      return FAILED
    }
    if (head.scheme === 'https' && this.connection.tls === undefined && isEdge(plan.manager)) {
      this.refuse(fault('https_url_on_plaintext_connection'), parsed)
      return FAILED
    }
    this.requests++
    const { maxRequestsPerConnection } = plan.manager.limits
    this.keepAlive =
      request.keepAlive && (maxRequestsPerConnection === 0 || this.requests < maxRequestsPerConnection)
    this.head = head
    let at = from
    if (head.body === 'length') this.body.startLength(head.length)
    else if (head.body === 'stream') this.body.startChunked()
    else this.body.startNone()
    if (!this.body.done && at < chunk.length) {
      at = this.body.read(chunk, at)
      if (at === FAILED) {
        this.refuse(this.body.fault as Fault, parsed)
        return FAILED
      }
    } else this.body.data = undefined
    const { data, done, trailers } = this.body
    const exchange = new Exchange(this.chain.services, plan, this.connection, this, head)
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

  private responseDone(): void {
    this.exchange = undefined
    if (this.paused) this.resumeRequest()
    this.tunnel = false
    if (!this.keepAlive || !this.body.done || this.draining) {
      this.finishConnection()
      return
    }
    this.head = undefined
    this.parser.next()
    this.armIdle()
    if (this.waiting !== undefined) queueMicrotask(() => this.takeWaiting())
  }

  private takeWaiting(): void {
    const { waiting } = this
    if (waiting === undefined || this.exchange !== undefined || this.gone) return
    this.waiting = undefined
    this.socket.resume()
    this.process(waiting)
  }

  /** Answers what is no request, and ends the connection. */
  private refuse(
    { status, details }: Fault,
    seen: Pick<ParsedRequest, 'method' | 'target'> = this.parser,
  ): void {
    const { manager } = this.chain.plan
    const headers = new HeaderBlock()
    const head: RequestHead = {
      method: seen.method || '-',
      scheme: undefined,
      authority: '',
      path: seen.target || '-',
      version: 'HTTP/1.1',
      headers,
      body: 'none',
      length: 0,
      upgrade: undefined,
      expectContinue: false,
      acceptsTrailers: false,
    }
    this.head = head
    this.keepAlive = false
    const exchange = new Exchange(this.chain.services, this.chain.plan, this.connection, this, head)
    this.exchange = exchange
    exchange.requestEnded = true
    // nginx answers an oversized header field with 400.
    const shown = manager.profile === 'alb' && status === 431 ? 400 : status
    exchange.refuse({ status: shown, details })
  }

  /** Says goodbye: what was written is delivered, then the connection closes. What still comes is read and thrown away. */
  private finishConnection(): void {
    if (this.gone || this.goodbye !== undefined) return
    this.waiting = undefined
    this.socket.end()
    const { streamIdleTimeoutMs } = this.chain.plan.manager.limits
    this.goodbye = new Goodbye(this.socket.writableLength, streamIdleTimeoutMs)
    this.deadline = this.goodbye.deadline
    this.socket.resume()
  }

  private bid(goodbye: Goodbye): void {
    if (goodbye.over(this.socket.writableLength)) this.socket.destroy()
    else this.deadline = goodbye.deadline
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

  private ready(): boolean {
    if (this.socket.writableLength <= HIGH_WATER) return true
    this.slow = true
    return false
  }

  private armIdle(): void {
    this.arm(this.chain.plan.manager.limits.idleTimeoutMs)
  }

  private armHead(): void {
    this.arm(this.chain.plan.manager.limits.requestHeadersTimeoutMs)
  }

  private armStream(): void {
    this.arm(this.exchange?.idleTimeoutMs ?? 0)
  }

  private arm(ms: number): void {
    this.deadline = this.chain.services.sweeper.after(ms)
  }
}
