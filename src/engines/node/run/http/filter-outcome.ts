// What a filter makes of a request.
import type { LocalReply } from './local-reply.ts'

/** Undefined: the request goes on as it is. */
export type FilterOutcome =
  | {
      readonly reply?: LocalReply
      /** Before going on, or before the reply. */
      readonly delayMs?: number
      readonly bodyLimit?: number
      /** The request is another one now: its route is to be looked for again. */
      readonly reroute?: true
      /** For the response. */
      readonly cors?: readonly (readonly [name: string, value: string])[]
    }
  | undefined
