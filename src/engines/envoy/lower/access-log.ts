// Access-log formats as Envoy substitution strings: Istio's text and JSON, and the JSON of the IKS ALB.
import type { AccessLogFormat } from '../../../ir/listener.ts'
import { extension, type Message } from './proto.ts'

const istioText =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n'

const istioJson: Message = {
  start_time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  route_name: '%ROUTE_NAME%',
}

const iksJson: Message = {
  time_date: '%START_TIME%',
  client: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  host: '%REQ(:AUTHORITY)%',
  scheme: '%REQ(:SCHEME)%',
  request_method: '%REQ(:METHOD)%',
  request_uri: '%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  status: '%RESPONSE_CODE%',
  upstream_addr: '%UPSTREAM_HOST%',
  upstream_status: '%RESPONSE_CODE%',
  request_time: '%DURATION%',
  upstream_response_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
}

/** A CEL expression: what it does not say yes to is not logged. */
const filtered = (expression: string): Message => ({
  extension_filter: extension(
    'envoy.access_loggers.extension_filters.cel',
    'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
    { expression },
  ),
})

/** What a logger writes. */
function logFormatOf(format: Exclude<AccessLogFormat, 'off'>): Message {
  if (format === 'istio-text') return { text_format_source: { inline_string: istioText } }
  if (format === 'istio-json') return { json_format: istioJson }
  return {
    json_format: iksJson,
    formatters: [
      extension(
        'envoy.formatter.req_without_query',
        'envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery',
        {},
      ),
    ],
  }
}

const stdout = (log_format: Message): Message =>
  extension('envoy.access_loggers.stdout', 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', {
    log_format,
  })

/** The access loggers for a format; none for `off`. */
export function accessLoggers(format: AccessLogFormat, filter?: string): readonly Message[] {
  if (format === 'off') return []
  return [{ ...stdout(logFormatOf(format)), ...(filter === undefined ? {} : { filter: filtered(filter) }) }]
}

const UPSTREAM_FAILURE = '%UPSTREAM_TRANSPORT_FAILURE_REASON%'
const DOWNSTREAM_FAILURE = '%DOWNSTREAM_TRANSPORT_FAILURE_REASON%'

/** Istio's format with words in the place of commands. */
function connectionFormat(format: Exclude<AccessLogFormat, 'off'>, words: Words): Message {
  const worded = (text: string): string =>
    Object.entries(words).reduce((left, [command, word]) => left.replace(command, () => word), text)
  if (format === 'istio-text') return { text_format_source: { inline_string: worded(istioText) } }
  const fields = Object.entries(istioJson).map(([name, text]) => [name, worded(String(text))])
  return { json_format: Object.fromEntries(fields) }
}

type Words = Readonly<Record<string, string>>

/** What Envoy would say of the way in which such connections are closed: they are handed to a cluster without endpoints. */
const CLOSED: Words = { '%RESPONSE_FLAGS%': '-', '%UPSTREAM_CLUSTER%': '-' }

/** For a chain that refuses every handshake: a line as of one that failed. */
export function refusalLoggers(format: AccessLogFormat, reason: string): readonly Message[] {
  if (format === 'off') return []
  // It may hold names from certificates, which end neither their field nor the line.
  const words = reason.replaceAll('"', "'").replaceAll(/[\s\p{Cc}]/gu, '_')
  const failure = `TLS_error:${words.replaceAll('%', '%%')}`
  return [stdout(connectionFormat(format, { ...CLOSED, [UPSTREAM_FAILURE]: failure }))]
}

/** For a listener that has no chain. */
export function noChainLoggers(format: AccessLogFormat): readonly Message[] {
  if (format === 'off') return []
  const words = { '%RESPONSE_FLAGS%': 'NR', '%RESPONSE_CODE_DETAILS%': 'filter_chain_not_found' }
  return [stdout(connectionFormat(format, { ...CLOSED, ...words }))]
}

/** The TLS inspector leaves a reason (`TLS_error|`) with every connection in plaintext that it has looked at; one that a handshake leaves begins otherwise (`TLS_error:`). */
const HANDSHAKE_FAILED =
  "connection.transport_failure_reason != '' && !connection.transport_failure_reason.startsWith('TLS_error|')"

/**
 * For a listener, which logs every connection: those that no chain took, and those lost in the handshake, with the reason where the upstream's would stand.
 * All others have lines of their own.
 */
export function connectionLoggers(format: AccessLogFormat): readonly Message[] {
  if (format === 'off') return []
  const log_format = connectionFormat(format, { [UPSTREAM_FAILURE]: DOWNSTREAM_FAILURE })
  const filters = [{ response_flag_filter: { flags: ['NR'] } }, filtered(HANDSHAKE_FAILED)]
  return [{ ...stdout(log_format), filter: { or_filter: { filters } } }]
}
