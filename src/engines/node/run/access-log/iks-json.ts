// The access log of the IKS ALB: one JSON object a line (iks-ingress-controller, default log format).
import type { RequestContext } from '../http/request-context.ts'

/** The line; times are seconds with milliseconds, as nginx writes them. */
export function iksJson(context: RequestContext): string {
  const now = performance.now()
  const seconds = (ms: number): string => (ms / 1000).toFixed(3)
  const since = (at: number): string => (at === 0 ? '' : seconds(Math.max(0, at - context.attemptAt)))
  return JSON.stringify({
    time_date: new Date(context.startTime).toISOString(),
    client: context.connection.remoteAddress,
    host: context.authority,
    scheme: context.scheme,
    request_method: context.method,
    request_uri: context.path,
    request_id: context.requestId,
    status: context.status,
    upstream_addr: context.upstreamHost ?? '',
    upstream_status: context.upstreamStatus === 0 ? '' : String(context.upstreamStatus),
    request_time: seconds(now - context.startedAt),
    upstream_response_time: context.responseAt === 0 ? '' : seconds(now - context.attemptAt),
    upstream_connect_time: since(context.connectedAt),
    upstream_header_time: since(context.responseAt),
  })
}
