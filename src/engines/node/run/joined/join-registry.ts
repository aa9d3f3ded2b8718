// Hops that share this process meet in memory (`hops: memory`). The first connection of a pair of TLS contexts goes over a socket, and what
// both ends verified there holds for the connections that follow, until either context is replaced (a new certificate, key or trust is
// a new context) or a certificate ends. Policies are evaluated for each request, as over a socket.
import type { Socket } from 'node:net'
import type { Bind, FilterChain } from '../../../../ir/listener.ts'
import type { Peek } from '../../lower/chain-match.ts'
import type { Addresses } from '../client-connection.ts'
import type { TlsFacts, TlsTerminator } from '../tls/terminator.ts'
import type { ClientTls } from '../upstream/client-tls.ts'
import { type DialRequest, placeOf } from '../upstream/dial.ts'
import { MemorySocket } from './memory-socket.ts'

/** A filter chain as far as joining is concerned. */
export interface JoinableChain {
  readonly source: FilterChain
  readonly terminator: TlsTerminator | undefined
  /** Connections may be served on it. */
  readonly usable: boolean
  serveJoined(socket: MemorySocket, addresses: Addresses, facts: TlsFacts | undefined): void
}

/** A bound address as far as joining is concerned. */
export interface JoinableListener {
  readonly bind: Bind
  readonly state: string
  /** It expects to be told of clients before anything else. */
  readonly wantsProxyHeader: boolean
  /** Where this process alone answers, when others listen at the same address. */
  readonly door?: { readonly host: string; readonly port: number } | undefined
  chainFor(peek: Peek): JoinableChain | undefined
}

/** What both ends found good on a socket. */
interface Verified {
  readonly chain: JoinableChain
  readonly terminator: TlsTerminator
  readonly facts: TlsFacts
  readonly addresses: Addresses
  /** When the first of the two certificates ends, ms since the epoch. */
  readonly until: number
}

/** A handshake over a socket of which each end tells when it found it good, in either order. */
interface Crossing {
  served?: Omit<Verified, 'until'>
  dialed?: { readonly tls: ClientTls; readonly key: string; readonly until: number }
}

export interface Joined {
  readonly socket: MemorySocket
  /** The connection may not serve longer, ms since the epoch. */
  readonly until: number
}

const FOREVER = Number.POSITIVE_INFINITY
/** Where the ports of joined connections are counted from: above those that systems give away. */
const FIRST_PORT = 61_000
const PORTS = 4_000

export class JoinRegistry {
  private readonly listeners = new Map<string, JoinableListener>()
  private readonly verified = new WeakMap<ClientTls, Map<string, Verified>>()
  /** Handshakes between two ends of this process, by the client's address and port. */
  private readonly crossing = new Map<string, Crossing>()
  private nextPort = 0

  listening(host: string, port: number, listener: JoinableListener): void {
    this.listeners.set(placeOf(host, port), listener)
  }

  closed(host: string, port: number, listener: JoinableListener): void {
    const key = placeOf(host, port)
    if (this.listeners.get(key) === listener) this.listeners.delete(key)
  }

  /** A connection in memory, when a listener of this process is there and both ends are known to be good; undefined: over a socket. */
  join(request: DialRequest): Joined | undefined {
    const listener = this.listeners.get(request.place)
    if (listener === undefined || listener.state !== 'listening' || listener.wantsProxyHeader)
      return undefined
    if (request.proxyProtocol !== undefined) return undefined
    return request.tls === undefined
      ? this.joinPlain(request, listener)
      : this.joinVerified(request, request.tls, listener)
  }

  /** True when the next connection would be joined. */
  joins(request: DialRequest): boolean {
    const listener = this.listeners.get(request.place)
    if (listener === undefined || request.tls === undefined) return listener !== undefined
    return this.valid(request, request.tls, listener) !== undefined
  }

  /** Where to dial for a connection over a socket: at this process, when it has such a listener. */
  reach(request: DialRequest): DialRequest {
    return { ...request, ...this.listeners.get(request.place)?.door }
  }

  /** A connection over a socket has opened; when it leads to a listener of this process, both ends will tell of its handshake. */
  dialing(request: DialRequest, socket: Socket): void {
    if (request.tls === undefined || !this.listeners.has(request.place)) return
    const key = clientKey(socket.localAddress, socket.localPort)
    const crossing: Crossing = {}
    this.crossing.set(key, crossing)
    socket.once('close', () => {
      if (this.crossing.get(key) === crossing) this.crossing.delete(key)
    })
  }

  /** The server's half: a handshake that its end found good, of whatever client. */
  handshakeServed(
    addresses: Addresses,
    chain: JoinableChain,
    terminator: TlsTerminator,
    facts: TlsFacts,
  ): void {
    const key = clientKey(addresses.remoteAddress, addresses.remotePort)
    const crossing = this.crossing.get(key)
    if (crossing === undefined) return
    crossing.served = { chain, terminator, facts, addresses }
    this.meet(key, crossing)
  }

  /** The client's half: a handshake that its end found good. */
  handshakeDialed(request: DialRequest, socket: Socket, until: number): void {
    const key = clientKey(socket.localAddress, socket.localPort)
    const crossing = this.crossing.get(key)
    if (request.tls === undefined || crossing === undefined) return
    crossing.dialed = { tls: request.tls, key: pairKey(request), until }
    this.meet(key, crossing)
  }

  private meet(key: string, { served, dialed }: Crossing): void {
    if (served === undefined || dialed === undefined) return
    this.crossing.delete(key)
    this.learn(dialed.tls, dialed.key, dialed.until, served)
  }

  private learn(tls: ClientTls, key: string, until: number, half: Omit<Verified, 'until'>): void {
    const { facts } = half
    // A client that was let in without a good certificate is looked at each time.
    if (facts.peer !== undefined && !facts.verified) return
    let pairs = this.verified.get(tls)
    if (pairs === undefined) {
      pairs = new Map()
      this.verified.set(tls, pairs)
    }
    pairs.set(key, { ...half, until: Math.min(until, facts.peer?.notAfter ?? FOREVER) })
  }

  private valid(request: DialRequest, tls: ClientTls, listener: JoinableListener): Verified | undefined {
    const pairs = this.verified.get(tls)
    const known = pairs?.get(pairKey(request))
    if (known === undefined) return undefined
    const { chain, terminator } = known
    const peek = peekOf(request, tls)
    const current = chain.terminator === terminator && chain.usable && listener.chainFor(peek) === chain
    if (current && Date.now() < known.until) return known
    pairs?.delete(pairKey(request))
    return undefined
  }

  private joinVerified(request: DialRequest, tls: ClientTls, listener: JoinableListener): Joined | undefined {
    const known = this.valid(request, tls, listener)
    if (known === undefined) return undefined
    const addresses = { ...known.addresses, remotePort: this.port() }
    const [client, server] = this.pair(request, addresses)
    known.chain.serveJoined(server, addresses, known.facts)
    return { socket: client, until: known.until }
  }

  private joinPlain(request: DialRequest, listener: JoinableListener): Joined | undefined {
    const chain = listener.chainFor({ transport: 'plaintext', alpn: [] })
    if (chain === undefined || !chain.usable || chain.source.tls !== undefined) return undefined
    const addresses: Addresses = {
      remoteAddress: sourceFor(request.host),
      remotePort: this.port(),
      localAddress: listener.bind.address,
      localPort: listener.bind.port,
    }
    const [client, server] = this.pair(request, addresses)
    chain.serveJoined(server, addresses, undefined)
    return { socket: client, until: FOREVER }
  }

  private pair(request: DialRequest, { remoteAddress, remotePort }: Addresses): [MemorySocket, MemorySocket] {
    return MemorySocket.pair(
      { address: remoteAddress, port: remotePort },
      { address: request.host, port: request.port },
    )
  }

  private port(): number {
    this.nextPort = (this.nextPort + 1) % PORTS
    return FIRST_PORT + this.nextPort
  }
}

/** The address from which the system would connect to `host`, which is one of its own. */
function sourceFor(host: string): string {
  return host.startsWith('127.') ? '127.0.0.1' : host
}

function peekOf(request: DialRequest, tls: ClientTls): Peek {
  const serverName = tls.serverName(request.requestHost)
  const alpn = request.alpn ?? tls.settings.alpn
  return serverName === undefined ? { transport: 'tls', alpn } : { transport: 'tls', serverName, alpn }
}

function pairKey({ place, requestHost, alpn, tls }: DialRequest): string {
  return `${place}|${requestHost}|${(alpn ?? tls?.settings.alpn ?? []).join()}`
}

function clientKey(address: string | undefined, port: number | undefined): string {
  return `${address}|${port}`
}
