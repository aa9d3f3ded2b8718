// Envoy's words for what went wrong with an upstream.
import type { UpstreamFailure } from './messages.ts'

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
    return failure.reason === 'per try timeout' ? 'upstream_per_try_timeout' : 'response_timeout'
  const when = started ? 'after' : 'before'
  const reason = failure.reason.replaceAll(' ', '_')
  const transport = failure.transport === undefined ? '' : `|${failure.transport.replaceAll(' ', '_')}`
  return `upstream_reset_${when}_response_started{${reason}${transport}}`
}
