// Istio's default access log: the text line and its JSON form (istio.io, "Envoy Access Logs").

import type { RequestContext } from '../http/request-context.ts'
import type { TcpRecord } from '../tcp/tcp-record.ts'

/** Fields of one line in Istio's order and JSON names; undefined is written `-` (text) or null (JSON). */
export function istioFields(context: RequestContext): Readonly<Record<string, string | number | undefined>> {
  const { connection } = context
  const duration = Math.round(performance.now() - context.startedAt)
  const upstreamTime =
    context.responseAt === 0 ? undefined : Math.round(context.responseAt - context.attemptAt)
  return {
    start_time: new Date(context.startTime).toISOString(),
    method: context.method,
    path: context.target || '-',
    protocol: context.head.version,
    response_code: context.status,
    response_flags: context.flags || '-',
    response_code_details: context.details || undefined,
    connection_termination_details: undefined,
    upstream_transport_failure_reason: context.transportFailure,
    bytes_received: context.bytesReceived,
    bytes_sent: context.bytesSent,
    duration,
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

/** The text line. */
export function istioText(context: RequestContext): string {
  const { start_time, method, path, protocol, ...rest } = istioFields(context)
  const parts = [`[${start_time}]`, `"${method} ${path} ${protocol}"`]
  for (const [name, value] of Object.entries(rest)) {
    const text = value === undefined ? '-' : String(value)
    parts.push(QUOTED.has(name) ? `"${text.replaceAll('"', '\\x22')}"` : text.replaceAll(' ', '_'))
  }
  return parts.join(' ')
}

/** The JSON line. */
export function istioJson(context: RequestContext): string {
  return JSON.stringify(istioFields(context), (_key, value: unknown) => (value === undefined ? null : value))
}

/** A connection that came to no request. */
interface LostConnection {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly serverName: string | undefined
}

/** The line for a connection that no chain took: there was no request. */
export function noChainText(connection: LostConnection, time: number): string {
  return lostText(connection, time, 'NR filter_chain_not_found', '-')
}

/** The line for a handshake that came to nothing, with the reason where Envoy has the transport failure. */
export function handshakeText(connection: LostConnection, time: number, reason: string): string {
  return lostText(connection, time, '- -', `TLS_error:${reason.replaceAll('"', "'").replace(/\s+/g, '_')}`)
}

function lostText(connection: LostConnection, time: number, details: string, failure: string): string {
  const local = `${connection.localAddress}:${connection.localPort}`
  const remote = `${connection.remoteAddress}:${connection.remotePort}`
  const empty = '0 0 0 - "-" "-" "-" "-" "-" - -'
  return `[${new Date(time).toISOString()}] "- - -" 0 ${details} - "${failure}" ${empty} ${local} ${remote} ${connection.serverName ?? '-'} -`
}

/** The line for a TCP connection that is over. */
export function tcpText(record: TcpRecord): string {
  const { connection } = record
  const text = (value: string | undefined): string => value || '-'
  return [
    `[${new Date(record.startTime).toISOString()}] "- - -" 0 ${text(record.flags)} ${text(record.details)} -`,
    `"${text(record.transportFailure)}" ${record.bytesReceived} ${record.bytesSent} ${Math.round(record.durationMs)} -`,
    `"-" "-" "-" "-" "${text(record.upstreamHost)}" ${text(record.clusterName)} ${text(record.upstreamLocal)}`,
    `${connection.localAddress}:${connection.localPort} ${connection.remoteAddress}:${connection.remotePort}`,
    `${text(connection.serverName)} -`,
  ].join(' ')
}
