// A filter chain at run time: ends TLS as the chain says, then gives the connection to HTTP or TCP.
import type { Socket } from 'node:net'
import type { FilterChain } from '../../../ir/listener.ts'
import type { Peek } from '../lower/chain-match.ts'
import { type Addresses, ClientConnection } from './client-connection.ts'
import { monotonic } from './clock.ts'
import { HttpChain } from './http-chain.ts'
import { Http1ServerConnection } from './http1/server-connection.ts'
import { PrefacePeek } from './http2/preface.ts'
import { Http2ServerSession } from './http2/server-session.ts'
import type { JoinableChain, JoinRegistry } from './joined/join-registry.ts'
import type { MemorySocket } from './joined/memory-socket.ts'
import { failureKind, HandshakeCounts } from './metrics/handshake-counts.ts'
import { TcpChain } from './tcp/tcp-chain.ts'
import type { TlsFacts, TlsTerminator } from './tls/terminator.ts'

/** A handshake that came to nothing. */
export interface FailedHandshake {
  readonly addresses: Addresses
  readonly peek: Peek
  readonly reason: string
  /** When the connection came to its chain, as `monotonic` tells. */
  readonly startedAt: number
}

/** Told of handshakes that came to nothing. */
export type HandshakeFailed = (chain: FilterChain, failed: FailedHandshake) => void

export class ChainState implements JoinableChain {
  source: FilterChain
  /** Undefined without TLS, or when it cannot be built (`refusal` says why). */
  terminator: TlsTerminator | undefined
  refusal: string | undefined
  readonly handshakes = new HandshakeCounts()
  readonly http: HttpChain | undefined
  readonly tcp: TcpChain | undefined
  /** In the middle of their handshake. */
  private readonly securing = new Set<Socket>()
  private readonly joins: JoinRegistry | undefined
  private readonly joined = new Set<Http1ServerConnection>()
  private readonly proxyId: string
  private readonly handshakeFailed: HandshakeFailed

  constructor(
    proxyId: string,
    source: FilterChain,
    handler: HttpChain | TcpChain,
    handshakeFailed: HandshakeFailed,
    joins: JoinRegistry | undefined,
  ) {
    this.joins = joins
    this.proxyId = proxyId
    this.source = source
    this.http = handler instanceof HttpChain ? handler : undefined
    this.tcp = handler instanceof TcpChain ? handler : undefined
    this.handshakeFailed = handshakeFailed
  }

  handle(socket: Socket, addresses: Addresses, peek: Peek): void {
    const { source } = this
    const startedAt = monotonic()
    const refusal = source.refuse?.message ?? this.refusal
    if (refusal !== undefined) {
      this.failed({ addresses, peek, reason: refusal, startedAt }, 'refused')
      socket.destroy()
      return
    }
    if (source.tls === undefined) {
      this.serve(socket, this.connectionOf(addresses, undefined, peek.serverName))
      return
    }
    if (this.terminator === undefined || peek.transport !== 'tls') {
      this.failed({ addresses, peek, reason: 'not a TLS connection', startedAt })
      socket.destroy()
      return
    }
    this.securing.add(socket)
    this.terminator.accept(socket, peek, {
      secured: (secure, facts) => {
        this.securing.delete(socket)
        this.handshakes.succeeded(facts.protocol, facts.cipher, facts.resumed)
        if (this.terminator !== undefined)
          this.joins?.handshakeServed(addresses, this, this.terminator, facts)
        this.serve(secure, this.connectionOf(addresses, facts, peek.serverName))
      },
      failed: (reason) => {
        this.securing.delete(socket)
        this.failed({ addresses, peek, reason, startedAt })
      },
    })
  }

  /** Lets what is in hand finish and closes the rest. */
  drain(): void {
    this.http?.drain()
    this.tcp?.drain()
  }

  destroy(): void {
    for (const socket of this.securing) socket.destroy()
    this.http?.destroy()
    this.tcp?.destroy()
  }

  get connections(): number {
    return (this.http?.size ?? 0) + (this.tcp?.size ?? 0)
  }

  /** Connections may be served on it. */
  get usable(): boolean {
    return this.source.refuse === undefined && this.refusal === undefined && this.http !== undefined
  }

  /** Takes a connection of this process whose ends were verified as `facts` tell. */
  serveJoined(socket: MemorySocket, addresses: Addresses, facts: TlsFacts | undefined): void {
    if (this.http === undefined) {
      socket.destroy()
      return
    }
    const connection = this.connectionOf(addresses, facts, facts?.serverName)
    const serving = new Http1ServerConnection(socket, connection, this.http)
    this.joined.add(serving)
    socket.once('close', () => this.joined.delete(serving))
  }

  /** What was verified holds no longer: joined connections end with the request that they have in hand. */
  dropJoined(): void {
    for (const connection of this.joined) connection.drain()
  }

  private connectionOf(
    addresses: Addresses,
    facts: TlsFacts | undefined,
    serverName: string | undefined,
  ): ClientConnection {
    const ownUris = this.source.tls?.certificates[0]?.leaf.sans.uri ?? []
    return new ClientConnection(this.proxyId, addresses, facts, serverName, ownUris)
  }

  private serveHttp(socket: Socket, connection: ClientConnection, http: HttpChain): void {
    if (connection.tls?.alpn === 'h2') {
      new Http2ServerSession(socket, connection, http)
      return
    }
    if (connection.tls === undefined && http.plan.manager.http2 === true) {
      // Without TLS a client that knows says so with its first bytes (RFC 9113 section 3.3).
      new PrefacePeek(socket, http, (http2) => {
        if (http2) new Http2ServerSession(socket, connection, http)
        else this.serveHttp1(socket, connection, http)
      })
    } else this.serveHttp1(socket, connection, http)
  }

  private serveHttp1(socket: Socket, connection: ClientConnection, http: HttpChain): void {
    new Http1ServerConnection(socket, connection, http)
    socket.resume()
  }

  private failed(failed: FailedHandshake, kind = failureKind(failed.reason)): void {
    this.handshakes.failedFor(kind)
    this.handshakeFailed(this.source, failed)
  }

  private serve(socket: Socket, connection: ClientConnection): void {
    if (this.http !== undefined) {
      this.serveHttp(socket, connection, this.http)
    } else this.tcp?.serve(socket, connection)
  }
}
