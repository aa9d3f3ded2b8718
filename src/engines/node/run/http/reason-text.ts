// Envoy's words for what went wrong with an upstream.
import type { UpstreamFailure } from './messages.ts'

/** The cluster's limits forbid a try. */
export const OVERFLOW: UpstreamFailure = { flag: 'UO', reason: 'overflow', beforeRequest: true }
/** The whole response did not come within the route's timeout. */
export const RESPONSE_TIMEOUT: UpstreamFailure = {
  flag: 'UT',
  reason: 'response timeout',
  beforeRequest: false,
}
/** No response came within the time of one try. */
export const PER_TRY_TIMEOUT: UpstreamFailure = {
  flag: 'UT',
  reason: 'per try timeout',
  beforeRequest: false,
}
/** The upstream sent one 1xx after the other. */
export const TOO_MANY_INTERIMS: UpstreamFailure = {
  flag: 'UPE',
  reason: 'protocol error',
  transport: 'too_many_interim_responses',
  beforeRequest: false,
}

/** The body of the answer that a client gets. */
export function failureBody(failure: UpstreamFailure, retried: boolean): string {
  if (failure.flag === 'UH') return 'no healthy upstream'
  if (failure.flag === 'UT') return 'upstream request timeout'
  const transport = failure.transport === undefined ? '' : `, transport failure reason: ${failure.transport}`
  const lead = 'upstream connect error or disconnect/reset before headers.'
  return `${lead} ${retried ? 'retried and the latest ' : ''}reset reason: ${failure.reason}${transport}`
}

/** response_code_details. */
export function failureDetails(failure: UpstreamFailure, started: boolean): string {
  if (failure.flag === 'UH') return 'no_healthy_upstream'
  if (failure.flag === 'UT')
    return failure.reason === PER_TRY_TIMEOUT.reason ? 'upstream_per_try_timeout' : 'response_timeout'
  const when = started ? 'after' : 'before'
  const reason = failure.reason.replaceAll(' ', '_')
  const transport = failure.transport === undefined ? '' : `|${failure.transport.replaceAll(' ', '_')}`
  return `upstream_reset_${when}_response_started{${reason}${transport}}`
}
