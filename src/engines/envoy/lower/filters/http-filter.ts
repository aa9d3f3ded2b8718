// What a filter of the model becomes in Envoy.
import type { Message } from '../proto.ts'

/** One HTTP filter: what stands in the chain of the manager, and what a route says of it. `idle` is the chain entry when only routes configure it. */
export interface HttpFilter {
  readonly name: string
  readonly config: Message
  readonly perRoute: Message
  readonly idle: Message
}
