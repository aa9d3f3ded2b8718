// What is known of a hop's span while its request is on the way.
import type { Tracing } from '../../../../ir/tracing.ts'

export interface HopSpan {
  readonly tracing: Tracing
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  /** Empty: the trace begins here. */
  readonly parentId: string
  readonly sampled: boolean
  readonly tracestate: string
}
