// Lines about connections that came to no request: taken by no chain, lost in the handshake, or carried as bytes. In Istio's text, elsewhere in its JSON.
import type { AccessLogFormat } from '../../../../ir/listener.ts'
import type { TcpRecord } from '../tcp/tcp-record.ts'
import { type IstioFields, jsonLine, textLine } from './istio-text.ts'

type Format = Exclude<AccessLogFormat, 'off'>

/** What of a connection stands in its line. */
interface Connection {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly serverName: string | undefined
}

const line = (format: Format, fields: IstioFields): string =>
  format === 'istio-text' ? textLine(fields) : jsonLine(fields)

function fieldsOf(connection: Connection, time: number, known: Partial<IstioFields>): IstioFields {
  const { localAddress, localPort, remoteAddress, remotePort, serverName } = connection
  return {
    start_time: new Date(time).toISOString(),
    method: undefined,
    path: undefined,
    protocol: undefined,
    response_code: 0,
    response_flags: '-',
    response_code_details: undefined,
    connection_termination_details: undefined,
    upstream_transport_failure_reason: undefined,
    bytes_received: 0,
    bytes_sent: 0,
    duration: 0,
    upstream_service_time: undefined,
    x_forwarded_for: undefined,
    user_agent: undefined,
    request_id: undefined,
    authority: undefined,
    upstream_host: undefined,
    upstream_cluster: undefined,
    upstream_local_address: undefined,
    downstream_local_address: `${localAddress}:${localPort}`,
    downstream_remote_address: `${remoteAddress}:${remotePort}`,
    requested_server_name: serverName,
    route_name: undefined,
    ...known,
  }
}

/** No chain took the connection. */
export function noChainLine(format: Format, connection: Connection, time: number): string {
  const known = { response_flags: 'NR', response_code_details: 'filter_chain_not_found' }
  return line(format, fieldsOf(connection, time, known))
}

/** Of a handshake that came to nothing: when its connection came, how long it lasted, and why. */
interface Failure {
  readonly startTime: number
  readonly durationMs: number
  readonly reason: string
}

/** The handshake came to nothing; the reason stands where the upstream's transport failure would. */
export function handshakeLine(
  format: Format,
  connection: Connection,
  { startTime, durationMs, reason }: Failure,
): string {
  return line(
    format,
    fieldsOf(connection, startTime, {
      upstream_transport_failure_reason: `TLS error:${reason.replaceAll('"', "'")}`,
      duration: Math.round(durationMs),
    }),
  )
}

/** A TCP connection is over. */
export function tcpLine(format: Format, record: TcpRecord): string {
  return line(
    format,
    fieldsOf(record.connection, record.startTime, {
      response_flags: record.flags || '-',
      response_code_details: record.details || undefined,
      upstream_transport_failure_reason: record.transportFailure || undefined,
      bytes_received: record.bytesReceived,
      bytes_sent: record.bytesSent,
      duration: Math.round(record.durationMs),
      upstream_host: record.upstreamHost,
      upstream_cluster: record.clusterName,
      upstream_local_address: record.upstreamLocal,
    }),
  )
}
