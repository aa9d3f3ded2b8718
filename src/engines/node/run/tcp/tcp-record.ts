// What is known of a TCP connection once it is over, for log and metrics.
import type { AccessLogFormat } from '../../../../ir/listener.ts'
import type { ClientConnection } from '../client-connection.ts'

/** Filled in while the connection lasts. */
export interface TcpRecord {
  readonly connection: ClientConnection
  readonly startTime: number
  readonly accessLog: AccessLogFormat
  durationMs: number
  /** It has reached its upstream. */
  opened: boolean
  bytesReceived: number
  bytesSent: number
  flags: string
  details: string
  transportFailure: string | undefined
  clusterName: string | undefined
  upstreamHost: string | undefined
  upstreamLocal: string | undefined
}
