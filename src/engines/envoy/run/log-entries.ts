// What an Envoy says of requests and connections (data.accesslog.v3), as far as Istio's metrics ask for it.

interface Duration {
  readonly seconds?: number
  readonly nanos?: number
}

/** data.accesslog.v3.AccessLogCommon */
export interface LogCommon {
  readonly tls_properties?: {
    readonly peer_certificate_properties?: {
      readonly subject_alt_name?: readonly { readonly uri?: string }[]
    }
  }
  readonly upstream_remote_address?: {
    readonly socket_address?: { readonly address?: string; readonly port_value?: number }
  }
  readonly upstream_cluster?: string
  readonly response_flags?: Readonly<Record<string, unknown>>
  readonly duration?: Duration
}

/** data.accesslog.v3.HTTPAccessLogEntry */
export interface RequestEntry {
  readonly common_properties?: LogCommon
  readonly request?: {
    readonly request_body_bytes?: number
    readonly request_headers?: Readonly<Record<string, string>>
  }
  readonly response?: {
    readonly response_code?: { readonly value?: number }
    readonly response_body_bytes?: number
    readonly response_headers?: Readonly<Record<string, string>>
    readonly response_trailers?: Readonly<Record<string, string>>
  }
}

/** data.accesslog.v3.TCPAccessLogEntry */
export interface ConnectionEntry {
  readonly common_properties?: LogCommon
  readonly connection_properties?: { readonly received_bytes?: number; readonly sent_bytes?: number }
}

/** service.accesslog.v3.StreamAccessLogsMessage; the first of a stream says whose it is. */
export interface LogMessage {
  readonly identifier?: { readonly node?: { readonly id?: string } }
  readonly http_logs?: { readonly log_entry?: readonly RequestEntry[] }
  readonly tcp_logs?: { readonly log_entry?: readonly ConnectionEntry[] }
}

/** Fields of data.accesslog.v3.ResponseFlags, and what `%RESPONSE_FLAGS%` writes for each. */
const FLAGS: Readonly<Record<string, string>> = {
  failed_local_healthcheck: 'LH',
  no_healthy_upstream: 'UH',
  upstream_request_timeout: 'UT',
  local_reset: 'LR',
  upstream_remote_reset: 'UR',
  upstream_connection_failure: 'UF',
  upstream_connection_termination: 'UC',
  upstream_overflow: 'UO',
  no_route_found: 'NR',
  delay_injected: 'DI',
  fault_injected: 'FI',
  rate_limited: 'RL',
  unauthorized_details: 'UAEX',
  rate_limit_service_error: 'RLSE',
  downstream_connection_termination: 'DC',
  upstream_retry_limit_exceeded: 'URX',
  stream_idle_timeout: 'SI',
  invalid_envoy_request_headers: 'IH',
  downstream_protocol_error: 'DPE',
  upstream_max_stream_duration_reached: 'UMSDR',
  response_from_cache_filter: 'RFCF',
  no_filter_config_found: 'NFCF',
  duration_timeout: 'DT',
  upstream_protocol_error: 'UPE',
  no_cluster_found: 'NC',
  overload_manager: 'OM',
  dns_resolution_failure: 'DF',
  downstream_remote_reset: 'DR',
}

/** As the access log has them. */
export const flagsOf = ({ response_flags: flags = {} }: LogCommon): string =>
  Object.entries(FLAGS)
    .flatMap(([field, flag]) => (flags[field] ? [flag] : []))
    .join(',')

/** The URI of the client's certificate; undefined: it showed none. */
export const clientUri = ({ tls_properties: tls }: LogCommon): string | undefined =>
  tls?.peer_certificate_properties?.subject_alt_name?.find(({ uri }) => uri)?.uri

/** `address:port`, or empty. */
export function upstreamOf({ upstream_remote_address: upstream }: LogCommon): string {
  const { address, port_value } = upstream?.socket_address ?? {}
  return address === undefined ? '' : `${address}:${port_value}`
}

export const milliseconds = ({ seconds = 0, nanos = 0 }: Duration = {}): number =>
  seconds * 1000 + nanos / 1e6
