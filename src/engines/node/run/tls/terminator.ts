// Ends TLS on accepted connections for one set of TLS settings. Each terminator has its own session ticket keys, so that a session never
// outlives the trust it began under.
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { DownstreamTls } from '../../../../ir/tls.ts'
import type { BlobStore } from '../../../engine.ts'
import type { Peek } from '../../lower/chain-match.ts'
import { identityOptions, protocolOptions, trustIntermediates, trustOptions } from './context-options.ts'
import { type PeerCertificate, presentedCertificate } from './peer-certificate.ts'
import { refusePeer } from './verify.ts'

/** What a finished handshake established. */
export interface TlsFacts {
  readonly serverName: string | undefined
  readonly protocol: string
  readonly cipher: string
  /** The negotiated ALPN protocol. */
  readonly alpn: string | undefined
  /** The client's certificate, if it sent one. */
  readonly peer: PeerCertificate | undefined
  /** Chain, names and pins were checked and found good. */
  readonly verified: boolean
  /** By a session of before: no certificate crossed. */
  readonly resumed: boolean
}

export interface HandshakeWaiter {
  secured(socket: TLSSocket, facts: TlsFacts): void
  /** The connection is closed already. */
  failed(reason: string): void
}

const DEFAULT_HANDSHAKE_TIMEOUT = 15_000

/** Of one server (Node: 16 for the name, 16 for the HMAC, 16 for the cipher), and of the two that a terminator has. */
const SERVER_TICKET_KEY_BYTES = 48
export const TICKET_KEY_BYTES = 2 * SERVER_TICKET_KEY_BYTES

/** Throws when bytes are missing or OpenSSL takes exception to them. */
export class TlsTerminator {
  private readonly tls: DownstreamTls
  private readonly withAlpn: Server
  private readonly withoutAlpn: Server
  private readonly waiting = new Map<string, HandshakeWaiter>()
  /** Connections that closed in this turn while waiting: Node reports their reason next, without their address. */
  private closed: string[] = []

  /** `ticketKeys`: those that other processes with the same settings use; absent: keys of its own. */
  constructor(tls: DownstreamTls, blobs: BlobStore, ticketKeys?: Uint8Array) {
    this.tls = tls
    const [first, second] = [0, SERVER_TICKET_KEY_BYTES].map((at) =>
      ticketKeys?.subarray(at, at + SERVER_TICKET_KEY_BYTES),
    )
    this.withAlpn = this.server(blobs, tls.alpn, first)
    // A client whose protocols are all unknown here goes on without ALPN, as with Envoy; Node would end the handshake.
    this.withoutAlpn = tls.alpn.length === 0 ? this.withAlpn : this.server(blobs, [], second)
  }

  /** Takes over a socket whose first bytes were put back with `unshift`. */
  accept(raw: Socket, peek: Peek, waiter: HandshakeWaiter): void {
    const key = connectionKey(raw)
    this.waiting.set(key, waiter)
    // Who leaves in the middle of the handshake is not waited for; half a connection is of use only after it.
    raw.allowHalfOpen = false
    raw.once('close', () => {
      if (this.waiting.get(key) !== waiter) return
      this.closed.push(key)
      setImmediate(() => {
        this.closed = this.closed.filter((other) => other !== key)
        this.take(key, waiter)?.failed('connection closed during the handshake')
      })
    })
    const overlap = peek.alpn.some((protocol) => this.tls.alpn.includes(protocol))
    const server = overlap ? this.withAlpn : this.withoutAlpn
    server.emit('connection', raw)
  }

  private server(blobs: BlobStore, alpn: readonly string[], ticketKeys: Uint8Array | undefined): Server {
    const client = this.tls.clientCertificate
    const trust = client.mode === 'none' ? undefined : client.verify?.trust
    const server = createServer({
      ...protocolOptions(this.tls),
      ...identityOptions(this.tls.certificates, blobs),
      ...(trust === undefined ? {} : trustOptions(trust, blobs)),
      requestCert: client.mode !== 'none',
      // Only this makes OpenSSL answer a missing certificate with the alert for it.
      rejectUnauthorized: client.mode === 'require',
      handshakeTimeout: this.tls.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT,
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
      // Node ties sessions to the command line; those that are shared are tied to their keys only.
      ...(ticketKeys === undefined
        ? {}
        : { ticketKeys: Buffer.from(ticketKeys), sessionIdContext: 'shared' }),
    })
    if (trust !== undefined) trustIntermediates(server)
    server.on('secureConnection', (socket) => this.secured(socket))
    server.on('tlsClientError', (error, socket) => {
      const reason = socket.authorizationError ?? (error as { reason?: string }).reason ?? error.message
      const key = socket.remoteAddress === undefined ? this.closed.shift() : connectionKey(socket)
      if (key !== undefined) this.take(key)?.failed(String(reason))
      // Node closes after every other error, but leaves a client that took too long connected.
      socket.destroy()
    })
    return server
  }

  private secured(socket: TLSSocket): void {
    const waiter = this.take(connectionKey(socket))
    if (waiter === undefined) {
      socket.destroy()
      return
    }
    socket.allowHalfOpen = true
    const client = this.tls.clientCertificate
    const peer = client.mode === 'none' ? undefined : presentedCertificate(socket)
    const refusal = this.refusal(socket, peer)
    if (refusal !== undefined && client.mode !== 'request-unverified') {
      socket.on('error', () => {})
      socket.destroy()
      waiter.failed(refusal)
      return
    }
    waiter.secured(socket, {
      serverName: typeof socket.servername === 'string' ? socket.servername.toLowerCase() : undefined,
      protocol: socket.getProtocol() ?? '',
      cipher: socket.getCipher().standardName,
      alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
      peer,
      verified: peer !== undefined && refusal === undefined,
      resumed: socket.isSessionReused(),
    })
  }

  private refusal(socket: TLSSocket, peer: PeerCertificate | undefined): string | undefined {
    const client = this.tls.clientCertificate
    if (client.mode === 'none') return undefined
    if (peer === undefined) {
      return client.mode === 'require' ? 'peer did not return a certificate' : undefined
    }
    if (client.verify === undefined) return 'no trust to verify the certificate with'
    if (!socket.authorized) return String(socket.authorizationError ?? 'certificate not verified')
    return refusePeer(socket, peer, client.verify, Date.now())
  }

  private take(key: string, only?: HandshakeWaiter): HandshakeWaiter | undefined {
    const waiter = this.waiting.get(key)
    if (waiter === undefined || (only !== undefined && waiter !== only)) return undefined
    this.waiting.delete(key)
    return waiter
  }
}

/** Tells a connection from all others that are open; the same for the raw socket and the one that ends TLS on it. */
function connectionKey(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}|${socket.localAddress}|${socket.localPort}`
}
