// The retry policy of one request at work: which failures it forgives, where later tries go, how long they wait.
import type { RetryPolicy } from '../../../../../ir/route.ts'
import type { ClusterState } from '../../upstream/cluster-state.ts'
import type { EndpointState } from '../../upstream/endpoint-state.ts'
import { PreviousPriorities } from '../../upstream/previous-priorities.ts'
import type { UpstreamFailure } from '../messages.ts'
import { backoff, retriesFailure, retriesResponse } from './retry-policy.ts'

export class RetryState {
  /** Keys of the endpoints that failed, when the policy looks at them. */
  tried: Set<string> | undefined
  /** Where the tries went, when others are to go elsewhere. */
  readonly previous: PreviousPriorities | undefined
  private readonly policy: RetryPolicy
  /** The cluster has counted this request among its retries. */
  private admitted = false
  private timer: NodeJS.Timeout | undefined

  constructor(policy: RetryPolicy) {
    this.policy = policy
    this.previous = policy.otherPriorities === true ? new PreviousPriorities() : undefined
  }

  /** Longest wait for the response to one try, ms; 0: none. */
  get perTryTimeoutMs(): number {
    return this.policy.perTryTimeoutMs ?? 0
  }

  /** True when a try that failed so may be made again. */
  retriesFailure(failure: UpstreamFailure): boolean {
    return retriesFailure(this.policy, failure)
  }

  /** True when such a response may be thrown away and the try made again. */
  retriesResponse(status: number, grpcStatus: string | undefined): boolean {
    return retriesResponse(this.policy, status, grpcStatus)
  }

  /** True when the policy has no try left after so many. */
  exhausted(made: number): boolean {
    return made > this.policy.attempts
  }

  /** Asks for one more try after so many; false: too many, for the policy or the cluster. */
  admit(cluster: ClusterState, made: number): boolean {
    if (this.exhausted(made)) return false
    this.admitted ||= cluster.admitRetry()
    return this.admitted
  }

  /** Later tries go elsewhere, if the policy looks at where the earlier ones went. */
  avoid(endpoint: EndpointState): void {
    if (this.policy.hostReselect === undefined) return
    this.tried ??= new Set()
    this.tried.add(endpoint.key)
  }

  /** Waits as long as is due before try number `attempt`. */
  backOff(attempt: number, random: () => number, then: () => void): void {
    this.timer = setTimeout(then, backoff(this.policy, attempt, random))
  }

  /** The request is over. */
  end(cluster: ClusterState): void {
    clearTimeout(this.timer)
    if (this.admitted) cluster.retries--
  }
}
