// One line of an access log, in any of the formats that our doors write, as the same facts.
import type { LoggedHop } from '../explain/why/logged-hop.ts'

type Fields = Readonly<Record<string, unknown>>

/** The facts of a line, or undefined when it has no known form. */
export function parseLine(proxy: string, line: string): LoggedHop | undefined {
  if (!line.startsWith('{')) return parseText(proxy, line)
  try {
    const fields = JSON.parse(line) as Fields
    return 'time_date' in fields ? fromIks(proxy, line, fields) : fromIstio(proxy, line, fields)
  } catch {
    return undefined
  }
}

const some = <K extends string>(key: K, value: unknown): Partial<Record<K, string>> =>
  (value === undefined || value === null || value === '' || value === '-'
    ? {}
    : { [key]: String(value) }) as Partial<Record<K, string>>

const fromIks = (proxy: string, line: string, fields: Fields): LoggedHop => ({
  proxy,
  line,
  time: String(fields['time_date']),
  start: Date.parse(String(fields['time_date'])),
  durationMs: duration(fields['request_time']),
  status: Number(fields['status']),
  ...some('method', fields['request_method']),
  ...some('authority', fields['host']),
  ...some('scheme', fields['scheme']),
  ...some('path', fields['request_uri']),
  ...some('requestId', fields['request_id']),
  ...some('upstreamHost', fields['upstream_addr']),
})

/** Seconds as text, as nginx has it; Envoy knows milliseconds only, and writes a number. */
const duration = (time: unknown): number => (typeof time === 'number' ? time : Number(time) * 1000)

const fromIstio = (proxy: string, line: string, fields: Fields): LoggedHop => ({
  proxy,
  line,
  time: String(fields['start_time']),
  start: Date.parse(String(fields['start_time'])),
  durationMs: Number(fields['duration'] ?? 0),
  status: Number(fields['response_code'] ?? 0),
  ...some('method', fields['method']),
  ...some('authority', fields['authority']),
  ...some('path', fields['path']),
  ...some('flags', fields['response_flags']),
  ...some('details', fields['response_code_details']),
  ...some('transportFailure', fields['upstream_transport_failure_reason']),
  ...some('requestId', fields['request_id']),
  ...some('upstreamHost', fields['upstream_host']),
  ...some('upstreamCluster', fields['upstream_cluster']),
  ...some('local', fields['downstream_local_address']),
  ...some('sni', fields['requested_server_name']),
  ...some('routeName', fields['route_name']),
})

/** Istio's text format after `[time] "method path protocol"`. */
const TEXT_FIELDS = [
  'response_code',
  'response_flags',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_service_time',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
  'upstream_cluster',
  'upstream_local_address',
  'downstream_local_address',
  'downstream_remote_address',
  'requested_server_name',
  'route_name',
]

function parseText(proxy: string, line: string): LoggedHop | undefined {
  const [, start_time, method, path, rest = ''] = /^\[([^\]]+)\] "(\S+) (.*?) \S+" (.*)$/.exec(line) ?? []
  if (start_time === undefined) return undefined
  const values = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
  const fields = Object.fromEntries(TEXT_FIELDS.map((name, index) => [name, values[index]]))
  return fromIstio(proxy, line, { ...fields, start_time, method, path })
}
