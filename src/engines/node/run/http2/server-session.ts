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
import { Http2ServerStream } from './server-stream.ts'

/** Streams at once when the manager sets no limit (RFC 9113 section 6.5.2 recommends no less than 100). */
const DEFAULT_STREAMS = 100
const WINDOW = 1024 * 1024
/** Streams that a client may cancel before the connection is closed on it: rapid resets (CVE-2023-44487). */
const MAX_RESETS = 200
const RESET_WINDOW_MS = 10_000

export class Http2ServerSession implements ChainConnection {
  deadline = 0
  private readonly session: ServerHttp2Session
  private readonly chain: HttpChain
  private readonly connection: ClientConnection
  private readonly streams = new Set<Http2ServerStream>()
  private resets = 0
  private resetsSince = monotonic()

  constructor(socket: Socket, connection: ClientConnection, chain: HttpChain) {
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
    session.setLocalWindowSize(WINDOW * 2)
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]) =>
        this.stream(stream, headers, flags, raw),
    )
    session.on('error', () => session.destroy())
    session.on('close', () => this.chain.delete(this))
    chain.add(this)
    this.touch()
  }

  drain(): void {
    if (!this.session.closed) this.session.close()
  }

  destroy(): void {
    this.session.destroy()
  }

  expire(): void {
    if (this.streams.size === 0) this.drain()
    else for (const stream of this.streams) stream.expire()
  }

  private stream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    raw: readonly string[],
  ): void {
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    const one = new Http2ServerStream(stream, headers, raw, endStream, this.connection, this.chain, () =>
      this.touch(),
    )
    this.streams.add(one)
    stream.on('close', () => {
      this.streams.delete(one)
      if (stream.rstCode === constants.NGHTTP2_CANCEL) this.countReset()
      this.touch()
    })
    this.touch()
  }

  private countReset(): void {
    const now = monotonic()
    if (now - this.resetsSince > RESET_WINDOW_MS) {
      this.resets = 0
      this.resetsSince = now
    }
    this.resets++
    if (this.resets > MAX_RESETS) {
      this.session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
      this.session.destroy()
    }
  }

  private touch(): void {
    const { limits } = this.chain.plan.manager
    let ms = limits.idleTimeoutMs
    if (this.streams.size > 0) {
      ms = 0
      for (const stream of this.streams) ms = Math.max(ms, stream.idleTimeoutMs)
    }
    this.deadline = this.chain.services.sweeper.after(ms)
  }
}
