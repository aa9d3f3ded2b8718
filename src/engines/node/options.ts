// What the Node engine takes beyond the contract of every engine.
import type { EngineOptions } from '../engine.ts'

/** Settings of the Node engine; all but the contract's own are optional. */
export interface NodeEngineOptions extends EngineOptions {
  /** How hops that share this process meet: over a socket (default), or in memory after the same checks. */
  readonly hops?: 'wire' | 'memory'
  /** How long a removed listener or chain lets its requests finish, ms (default 5000). */
  readonly drainMs?: number
  /** How long after a failed bind it is tried again, ms (default 1000). */
  readonly bindRetryMs?: number
}
