// Istio's default access log: the text line and its JSON form (istio.io, "Envoy Access Logs").

import type { RequestContext } from '../http/request-context.ts'

type FieldName =
  | ('start_time' | 'method' | 'path' | 'protocol' | 'response_code' | 'response_flags')
  | ('response_code_details' | 'connection_termination_details' | 'upstream_transport_failure_reason')
  | ('bytes_received' | 'bytes_sent' | 'duration' | 'upstream_service_time' | 'x_forwarded_for')
  | ('user_agent' | 'request_id' | 'authority' | 'upstream_host' | 'upstream_cluster')
  | ('upstream_local_address' | 'downstream_local_address' | 'downstream_remote_address')
  | ('requested_server_name' | 'route_name')

/** Fields of one line in Istio's order and JSON names; undefined is written `-` (text) or null (JSON). */
export type IstioFields = Readonly<Record<FieldName, string | number | undefined>>

/** Envoy writes no space in it, in either format. */
const SPACELESS = 'upstream_transport_failure_reason'

function istioFields(context: RequestContext): IstioFields {
  const { connection } = context
  const duration = Math.round(performance.now() - context.startedAt)
  const upstreamTime =
    context.responseAt === 0 ? undefined : String(Math.round(context.responseAt - context.attemptAt))
  return {
    start_time: new Date(context.startTime).toISOString(),
    method: context.method,
    path: context.header('x-envoy-original-path') ?? (context.target || '-'),
    protocol: context.head.version,
    response_code: context.status,
    response_flags: context.flags || '-',
    response_code_details: context.details || undefined,
    connection_termination_details: undefined,
    upstream_transport_failure_reason: context.transportFailure,
    bytes_received: context.bytesReceived,
    bytes_sent: context.bytesSent,
    duration,
    // A response header to Envoy, so text in JSON as well.
    upstream_service_time: upstreamTime,
    x_forwarded_for: context.header('x-forwarded-for'),
    user_agent: context.header('user-agent'),
    request_id: context.requestId || undefined,
    authority: context.authority || undefined,
    upstream_host: context.upstreamHost,
    upstream_cluster: context.clusterName,
    upstream_local_address: context.upstreamLocal,
    downstream_local_address: `${connection.localAddress}:${connection.localPort}`,
    downstream_remote_address: `${context.clientAddress}:${connection.remotePort}`,
    requested_server_name: connection.serverName,
    route_name: context.routeName,
  }
}

const QUOTED = new Set([
  'upstream_transport_failure_reason',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
])

/** The text line of fields in Istio's order. */
export function textLine({ start_time, method, path, protocol, ...rest }: IstioFields): string {
  const request = `${method ?? '-'} ${path ?? '-'} ${protocol ?? '-'}`
  const parts = [`[${start_time}]`, `"${quotable(request)}"`]
  for (const [name, value] of Object.entries(rest)) {
    const text = value === undefined ? '-' : String(value)
    const shown = name === SPACELESS ? text.replaceAll(' ', '_') : text
    parts.push(QUOTED.has(name) ? `"${quotable(shown)}"` : quotable(shown).replaceAll(' ', '_'))
  }
  return parts.join(' ')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what would end a field or the line
const ENDING = /["\x00-\x1f\x7f]/
const ALL_ENDING = new RegExp(ENDING, 'g')

/** Whoever writes it, it ends neither its field nor the line. */
function quotable(text: string): string {
  if (!ENDING.test(text)) return text
  return text.replace(ALL_ENDING, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** The JSON line of fields. */
export function jsonLine(fields: IstioFields): string {
  return JSON.stringify(fields, (name, value: unknown) => {
    if (value === undefined) return null
    return name === SPACELESS ? String(value).replaceAll(' ', '_') : value
  })
}

/** The text line of a request. */
export function istioText(context: RequestContext): string {
  return textLine(istioFields(context))
}

/** The JSON line of a request. */
export function istioJson(context: RequestContext): string {
  return jsonLine(istioFields(context))
}
