// What the engine and its workers say to one another (child_process channel, structured clone).
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Digest } from '../../../ir/certificate.ts'
import type { Values } from '../../metrics/exposition.ts'
import type { EncodedModel } from './model-encoder.ts'
import type { TokensTaken } from './token-news.ts'

/** To a worker. */
export type Order =
  /** First of all. */
  | ({ readonly kind: 'begin' } & Settings)
  /** `bytes`: an UpdateMessage, serialised once for all workers. */
  | { readonly kind: 'update'; readonly bytes: Uint8Array }
  /** The answer to `bind`: the socket comes with it, or there is none. */
  | { readonly kind: 'bound'; readonly id: number; readonly error?: string }
  | { readonly kind: 'measure'; readonly id: number }
  /** Other workers have given out tokens of rate limits. */
  | { readonly kind: 'taken'; readonly taken: readonly TokensTaken[] }
  | { readonly kind: 'close'; readonly drainMs: number }

/** What a worker's engine is made with. */
export interface Settings {
  readonly hops: 'wire' | 'memory'
  readonly drainMs?: number
  readonly bindRetryMs?: number
  /** Where ports stand that are elsewhere than their number says, at addresses that no update has told of. */
  readonly movedPorts: ReadonlyMap<number, number>
  /** How often to say that the event loop turns; 0: never. */
  readonly beatMs: number
}

/** One version of the model with what it needs besides itself. What was sent with an earlier one is not sent again. */
export interface UpdateMessage {
  readonly version: number
  readonly model: EncodedModel
  readonly supplies: Supplies
  readonly places: Places
}

/** Bytes by digest and ticket keys by TLS settings: those that are new, and those that nobody needs any more. */
export interface Supplies {
  readonly blobs: ReadonlyMap<Digest, Uint8Array>
  readonly ticketKeys: ReadonlyMap<string, Uint8Array>
  readonly dropped: readonly string[]
}

/** A real place. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** Places whose real one is not what `movedPorts` says, by `placeKey` of the logical one. */
export type Places = ReadonlyMap<string, Place>

export const placeKey = (address: string, port: number): string => `${address}|${port}`

/** From a worker. */
export type Word =
  | { readonly kind: 'ready' }
  /** Nothing else to say. */
  | { readonly kind: 'alive' }
  | { readonly kind: 'acknowledged'; readonly version: number; readonly rejected: readonly Diagnostic[] }
  /** It wants to listen at this real place. */
  | { readonly kind: 'bind'; readonly id: number; readonly host: string; readonly port: number }
  /** What became of the socket that it was given. */
  | { readonly kind: 'listening' | 'unusable'; readonly host: string; readonly port: number }
  /** Proxy, line, proxy, line, … in the order in which they were written. */
  | { readonly kind: 'log'; readonly lines: readonly string[] }
  | { readonly kind: 'report'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'measured'; readonly id: number; readonly values: Values }
  /** It has given out tokens of rate limits. */
  | { readonly kind: 'taken'; readonly taken: readonly TokensTaken[] }
  /** Its last word: all that it had to say was said. */
  | { readonly kind: 'closed' }
