// The figures of requests with one set of label values.
import { RequestCounts } from '../../../metrics/counts.ts'
import type { Labels } from '../../../metrics/labels.ts'

/** What of a request tells its child from others, besides the connection. */
export interface Outcome {
  readonly clusterName: string | undefined
  readonly upstreamHost: string | undefined
  readonly status: number
  readonly flags: string
  readonly grpcStatus: string | undefined
  readonly grpc: unknown
}

export class RequestChild extends RequestCounts {
  private readonly outcome: Outcome

  constructor(labels: Labels, outcome: Outcome) {
    super(labels)
    this.outcome = outcome
  }

  /** True when a request of the same connection belongs here. */
  counts(of: Outcome): boolean {
    const { outcome } = this
    return (
      of.status === outcome.status &&
      of.clusterName === outcome.clusterName &&
      of.upstreamHost === outcome.upstreamHost &&
      of.flags === outcome.flags &&
      of.grpcStatus === outcome.grpcStatus &&
      (of.grpc === undefined) === (outcome.grpc === undefined)
    )
  }
}
