// What the Node engine takes beyond the contract of every engine.
import type { Filter } from '../../ir/filter.ts'
import type { EngineOptions } from '../engine.ts'
import type { Listen } from './run/bind-listener.ts'
import type { SharedTickets } from './run/tls/tls-store.ts'

/** Settings of the Node engine; all but the contract's own are optional. */
export interface NodeEngineOptions extends EngineOptions {
  /** How hops that share this process meet: over a socket (default), or in memory after the same checks. */
  readonly hops?: 'wire' | 'memory'
  /** How long a removed listener or chain lets its requests finish, ms (default 5000). */
  readonly drainMs?: number
  /** How long after a failed bind it is tried again, ms (default 1000). */
  readonly bindRetryMs?: number
  /** What this process shares with others that run the same model. Absent: it is alone. */
  readonly shared?: Shared
}

/** Listening sockets, session tickets and rate limits, of several processes with one model. */
export interface Shared extends SharedTickets {
  readonly listen: Listen
  /** A token of this limit was given out here. */
  tokenTaken(proxy: string, filter: Filter<'rate-limit'>, key: string): void
}

/** Several processes instead of this one. */
export interface WorkersOptions {
  readonly count: number
  /** The script of a worker: `workers/main.ts`, bundled. */
  readonly entry: string
  /** Ports that stand elsewhere than their number says, whatever the address, as `locate` maps them. */
  readonly movedPorts?: ReadonlyMap<number, number>
  /** How long a worker may say nothing before it is killed and replaced, ms (default 10000); 0: for ever, as a debugger needs it. */
  readonly silenceMs?: number
}
