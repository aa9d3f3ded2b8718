// Passive health: endpoints that fail in a row are left alone for a while (Envoy outlier detection, consecutive errors only).
import type { OutlierDetection } from '../../../../ir/cluster.ts'
import type { EndpointState } from './endpoint-state.ts'

const GATEWAY_ERRORS = new Set([502, 503, 504])

/** Counts a response status (0: none came, which counts as a gateway error) and ejects the endpoint when it is one too many. */
export function countOutcome(
  rule: OutlierDetection,
  endpoint: EndpointState,
  all: readonly EndpointState[],
  status: number,
  now: number,
): void {
  const gatewayError = status === 0 || GATEWAY_ERRORS.has(status)
  endpoint.consecutive5xx = gatewayError || status >= 500 ? endpoint.consecutive5xx + 1 : 0
  endpoint.consecutiveGatewayErrors = gatewayError ? endpoint.consecutiveGatewayErrors + 1 : 0
  const { consecutive5xx, consecutiveGatewayErrors } = rule
  const tooMany =
    (consecutive5xx !== undefined && consecutive5xx > 0 && endpoint.consecutive5xx >= consecutive5xx) ||
    (consecutiveGatewayErrors !== undefined &&
      consecutiveGatewayErrors > 0 &&
      endpoint.consecutiveGatewayErrors >= consecutiveGatewayErrors)
  if (!tooMany || endpoint.ejectedUntil !== 0) return
  const ejected = all.filter(({ ejectedUntil }) => ejectedUntil !== 0).length
  // As in Envoy, one endpoint may always be ejected, whatever the percentage says.
  if (ejected > 0 && ((ejected + 1) * 100) / all.length > rule.maxEjectionPercent) return
  endpoint.ejections++
  endpoint.ejectedUntil = now + rule.baseEjectionMs * endpoint.ejections
  endpoint.consecutive5xx = 0
  endpoint.consecutiveGatewayErrors = 0
}

/** Takes back those whose time is over. */
export function endEjections(all: readonly EndpointState[], now: number): void {
  for (const endpoint of all) {
    if (endpoint.ejectedUntil !== 0 && endpoint.ejectedUntil <= now) endpoint.ejectedUntil = 0
  }
}
