// What a filter makes of a request.
import type { LocalReply } from '../local-reply.ts'

/** Undefined: the request goes on as it is. */
export type FilterOutcome =
  | {
      readonly reply?: LocalReply
      /** Before going on, or before the reply. */
      readonly delayMs?: number
      readonly bodyLimit?: number
      /** The request is another one now: its route is to be looked for again. */
      readonly reroute?: true
      /** For the response, whoever makes it. */
      readonly responseHeaders?: readonly (readonly [name: string, value: string])[]
      /** Somebody else is to be asked first. */
      readonly check?: PendingCheck
    }
  | undefined

export interface PendingCheck {
  /** So much of the request body is wanted first; 0: none. */
  readonly bodyBytes: number
  /** More is cut off; else it is refused. */
  readonly allowPartial: boolean
  /** Asks; `done` hears what comes of it, at once or later. The function that comes back gives up. */
  start(body: Buffer, partial: boolean, done: (outcome: FilterOutcome) => void): () => void
}
