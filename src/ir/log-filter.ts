// The filter of an access log: a CEL expression over attributes of a finished request, as Envoy names them.

/** What an expression may use; everything else is not known to both engines. */
export const LOG_ATTRIBUTES = {
  request: [
    'path',
    'url_path',
    'host',
    'scheme',
    'method',
    'headers',
    'useragent',
    'id',
    'protocol',
    'query',
    'size',
  ],
  response: ['code', 'code_details', 'grpc_status', 'size'],
  connection: ['mtls', 'requested_server_name', 'tls_version'],
  source: ['address', 'port'],
  destination: ['address', 'port'],
  upstream: ['address', 'transport_failure_reason'],
  xds: ['cluster_name', 'route_name'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type LogAttributes = typeof LOG_ATTRIBUTES
