// A listener at run time: its bound addresses, and the chains that take its connections.
import type { Socket } from 'node:net'
import type { Bind, Listener } from '../../../ir/listener.ts'
import { type ChainFinder, chainFinder, type Peek } from '../lower/chain-match.ts'
import type { BindListener, Client, ConnectionTaker } from './bind-listener.ts'
import type { ChainState } from './chain-state.ts'

/** Told of connections that no chain took. */
export type NoChain = (connection: {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly serverName: string | undefined
}) => void

export class ListenerState implements ConnectionTaker {
  source: Listener
  readonly binds = new Map<string, BindListener>()
  chains = new Map<string, ChainState>()
  private finder: ChainFinder<ChainState> = () => undefined
  private readonly noChain: NoChain
  needsInspection = true

  constructor(source: Listener, noChain: NoChain) {
    this.source = source
    this.noChain = noChain
  }

  /** Puts new chains in force for connections to come. */
  use(source: Listener, chains: Map<string, ChainState>): void {
    this.source = source
    this.chains = chains
    this.finder = chainFinder([...chains.values()])
    this.needsInspection = [...chains.values()].some(
      ({ source: { match, tls } }) =>
        tls !== undefined ||
        match.serverNames !== undefined ||
        match.transport !== undefined ||
        match.alpn !== undefined,
    )
  }

  chainFor(peek: Peek): ChainState | undefined {
    return this.finder(peek)
  }

  /** Hands over a connection whose first bytes were peeked at and put back. `client`: as the PROXY protocol told. */
  handle(socket: Socket, bind: Bind, peek: Peek, client: Client | undefined): void {
    const chain = this.finder(peek)
    const addresses = {
      remoteAddress: client?.address ?? socket.remoteAddress ?? '',
      remotePort: client?.port ?? socket.remotePort ?? 0,
      localAddress: bind.address,
      localPort: bind.port,
    }
    if (chain === undefined) {
      this.noChain({ ...addresses, serverName: peek.serverName })
      // Plaintext to a port that speaks TLS only gets a reset, TLS to unknown names an end: as Envoy does.
      if (peek.transport === 'plaintext') socket.resetAndDestroy()
      else socket.destroy()
      return
    }
    chain.handle(socket, addresses, peek)
  }
}
