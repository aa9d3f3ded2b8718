// When a try is made again (Envoy's retry_on, with the names of RetryPolicy.on).
import type { RetryPolicy } from '../../../../../ir/route.ts'
import type { UpstreamFailure } from '../messages.ts'

const GATEWAY_ERRORS = new Set([502, 503, 504])
const CONNECT_FLAGS = new Set(['UF', 'UO'])

/** True when a failure is one that another try could mend: limits are not. */
export function mendable({ flag }: UpstreamFailure): boolean {
  return flag !== 'UH' && flag !== 'UO'
}

/** True when a failed try may be made again under the policy. */
export function retriesFailure(policy: RetryPolicy, failure: UpstreamFailure): boolean {
  const { on } = policy
  if (!mendable(failure)) return false
  if (on.includes('5xx') || on.includes('gateway-error')) return true
  if (CONNECT_FLAGS.has(failure.flag) && on.includes('connect-failure')) return true
  if (on.includes('reset')) return true
  if (failure.beforeRequest && (on.includes('reset-before-request') || on.includes('refused-stream'))) {
    return true
  }
  return failure.flag === 'UR' && failure.beforeRequest && on.includes('refused-stream')
}

/** True when a response may be thrown away and the try made again. `grpcStatus` is that of a trailers-only response. */
export function retriesResponse(
  policy: RetryPolicy,
  status: number,
  grpcStatus: string | undefined,
): boolean {
  const { on } = policy
  if (policy.statusCodes?.includes(status) === true) return true
  if (status >= 500 && on.includes('5xx')) return true
  if (GATEWAY_ERRORS.has(status) && on.includes('gateway-error')) return true
  if (status === 409 && on.includes('retriable-4xx')) return true
  if (on.includes(String(status))) return true
  if (grpcStatus === undefined) return false
  const name = GRPC[grpcStatus]
  return name !== undefined && on.includes(name)
}

const GRPC: Readonly<Record<string, string>> = {
  '1': 'cancelled',
  '4': 'deadline-exceeded',
  '8': 'resource-exhausted',
  '13': 'internal',
  '14': 'unavailable',
}

const DEFAULT_BACKOFF_MS = 25

/** How long to wait before try number `attempt` (2 is the first again), ms: random below a bound that doubles, at most ten times the first. */
export function backoff(policy: RetryPolicy, attempt: number, random: () => number): number {
  const base = policy.backoffMs ?? DEFAULT_BACKOFF_MS
  return Math.floor(random() * Math.min(base * 10, base * 2 ** (attempt - 2)))
}
