// An HTTP/2 connection of a client: its limits, its streams, its end.
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { ClientConnection } from '../client-connection.ts'
import { monotonic } from '../clock.ts'
import type { ChainConnection, HttpChain } from '../http-chain.ts'
import { FloodGuard } from './flood-guard.ts'
import { Http2ServerStream } from './server-stream.ts'

/** Streams at once when the manager sets no limit (RFC 9113 section 6.5.2 recommends no less than 100). */
const DEFAULT_STREAMS = 100
const WINDOW = 1024 * 1024
/** How long the peer may take to close after GOAWAY, once no stream is left, ms. */
const LINGER_MS = 2_000

export class Http2ServerSession implements ChainConnection {
  deadline = 0
  private readonly session: ServerHttp2Session
  private readonly socket: Socket
  private readonly chain: HttpChain
  private readonly connection: ClientConnection
  private readonly guard: FloodGuard
  private streams = 0

  constructor(socket: Socket, connection: ClientConnection, chain: HttpChain) {
    this.socket = socket
    this.chain = chain
    this.connection = connection
    const { maxConcurrentStreams, maxHeaderBytes, maxHeaders } = chain.plan.manager.limits
    this.session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: maxConcurrentStreams > 0 ? maxConcurrentStreams : DEFAULT_STREAMS,
        initialWindowSize: WINDOW,
        ...(maxHeaderBytes > 0 ? { maxHeaderListSize: maxHeaderBytes } : {}),
      },
      ...(maxHeaders > 0 ? { maxHeaderListPairs: maxHeaders + 4 } : {}),
      maxSettings: 32,
      maxOutstandingPings: 10,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
    })
    const { session } = this
    this.guard = new FloodGuard(session)
    session.setLocalWindowSize(WINDOW * 2)
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) =>
        this.stream(stream, headers, flags, raw),
    )
    session.on('error', () => session.destroy())
    session.on('close', () => this.chain.delete(this))
    chain.add(this)
    this.armIdle()
  }

  drain(): void {
    if (this.session.closed) return
    this.session.close()
    if (this.streams === 0) this.linger()
  }

  destroy(): void {
    this.session.destroy()
    // Of a session that was told to close, node only ends the socket, and waits for the peer to do the same.
    this.socket.destroy()
  }

  expire(): void {
    if (this.session.closed) this.destroy()
    else this.drain()
  }

  private stream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    raw: readonly string[],
  ): void {
    const { chain } = this
    const { sweeper } = chain.services
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    this.streams++
    this.deadline = 0
    const one = new Http2ServerStream(stream, headers, raw, endStream, this.connection, chain)
    sweeper.add(one)
    stream.on('close', () => {
      sweeper.delete(one)
      if (one.broken) this.guard.count('reset')
      if (--this.streams > 0) return
      if (this.session.closed) this.linger()
      else this.armIdle()
    })
  }

  private linger(): void {
    this.deadline = monotonic() + LINGER_MS
  }

  private armIdle(): void {
    this.deadline = this.chain.services.sweeper.after(this.chain.plan.manager.limits.idleTimeoutMs)
  }
}
