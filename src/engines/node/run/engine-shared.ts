// What the proxies of one engine share.
import type { NodeEngineOptions } from '../options.ts'
import type { ChainState, HandshakeFailed } from './chain-state.ts'
import type { Sweeper } from './clock.ts'
import type { HttpDate } from './http/headers/http-date.ts'
import type { JoinRegistry } from './joined/join-registry.ts'
import type { TlsStore } from './tls/tls-store.ts'

export interface EngineShared {
  readonly options: NodeEngineOptions
  readonly sweeper: Sweeper
  readonly date: HttpDate
  readonly random: () => number
  readonly tls: TlsStore
  /** Absent: every hop goes over a socket. */
  readonly joins: JoinRegistry | undefined
  /** Lets the connections of chains finish, for the drain time at most. */
  drain(chains: readonly ChainState[]): void
  handshakeFailed(proxyId: string): HandshakeFailed
}
