// Loggers by which an Envoy tells the control plane of requests and connections that are over, for Istio's metrics: in batches, off the path of requests.
import { extension, type Message } from './proto.ts'

/** The cluster of the bootstrap that is the control plane. */
export const CONTROL_PLANE = 'xds'

const stream = (log_name: string): Message => ({
  log_name,
  grpc_service: { envoy_grpc: { cluster_name: CONTROL_PLANE } },
  transport_api_version: 'V3',
  buffer_flush_interval: '1s',
  buffer_size_bytes: 65_536,
})

const GRPC = 'envoy.extensions.access_loggers.grpc.v3'

/** For an HTTP connection manager. */
export const requestCounter = extension('envoy.access_loggers.http_grpc', `${GRPC}.HttpGrpcAccessLogConfig`, {
  common_config: stream('requests'),
  additional_request_headers_to_log: ['content-type'],
  // Of an answer without a body the status stands in the headers (gRPC over HTTP/2, Trailers-Only).
  additional_response_headers_to_log: ['grpc-status'],
  additional_response_trailers_to_log: ['grpc-status'],
})

/** For a TCP proxy. */
export const connectionCounter = extension(
  'envoy.access_loggers.tcp_grpc',
  `${GRPC}.TcpGrpcAccessLogConfig`,
  {
    common_config: stream('connections'),
  },
)
