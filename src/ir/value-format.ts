// Header values with `%COMMAND(argument):length%` in them (Envoy's access-log format), taken apart: for the engine that writes them and for those who foresee them.

/** The commands that have a value. */
export type FormatCommand =
  | ('REQ' | 'PROTOCOL' | 'PATH' | 'METHOD' | 'START_TIME' | 'DURATION' | 'STREAM_ID' | 'HOSTNAME')
  | ('RESPONSE_CODE' | 'RESPONSE_FLAGS' | 'RESPONSE_CODE_DETAILS' | 'RESPONSE_DURATION')
  | ('BYTES_RECEIVED' | 'BYTES_SENT' | 'ROUTE_NAME' | 'REQUESTED_SERVER_NAME')
  | ('UPSTREAM_CLUSTER' | 'UPSTREAM_HOST' | 'UPSTREAM_LOCAL_ADDRESS')
  | ('UPSTREAM_TRANSPORT_FAILURE_REASON' | 'UPSTREAM_REQUEST_ATTEMPT_COUNT')
  | ('DOWNSTREAM_REMOTE_ADDRESS' | 'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT' | 'DOWNSTREAM_REMOTE_PORT')
  | ('DOWNSTREAM_DIRECT_REMOTE_ADDRESS' | 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT')
  | ('DOWNSTREAM_LOCAL_ADDRESS' | 'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT' | 'DOWNSTREAM_LOCAL_PORT')
  | ('DOWNSTREAM_TLS_VERSION' | 'DOWNSTREAM_TLS_CIPHER' | 'DOWNSTREAM_PEER_CERT')
  | ('DOWNSTREAM_PEER_SUBJECT' | 'DOWNSTREAM_PEER_ISSUER' | 'DOWNSTREAM_PEER_SERIAL')
  | ('DOWNSTREAM_PEER_FINGERPRINT_256' | 'DOWNSTREAM_PEER_URI_SAN' | 'DOWNSTREAM_PEER_DNS_SAN')
  | ('DOWNSTREAM_PEER_CERT_V_START' | 'DOWNSTREAM_PEER_CERT_V_END')

/** One command as it stands in a value. */
export interface FormatPart {
  readonly text: string
  /** A `FormatCommand`, or a name that nobody knows: that has no value. */
  readonly command: string
  readonly argument?: string
  /** Characters of the value that are written. */
  readonly length?: number
}

const COMMAND = /%(?:%|([A-Z0-9_]+)(?:\(([^)]*)\))?(?::(\d+))?%)/g

/** Plain text and commands in their order; `%%` is a percent sign. */
export function formatParts(text: string): readonly (string | FormatPart)[] {
  const parts: (string | FormatPart)[] = []
  let at = 0
  for (const match of text.matchAll(COMMAND)) {
    if (match.index > at) parts.push(text.slice(at, match.index))
    at = match.index + match[0].length
    const [whole, command, argument, length] = match
    if (command === undefined) parts.push('%')
    else
      parts.push({
        text: whole,
        command,
        ...(argument === undefined ? {} : { argument }),
        ...(length === undefined ? {} : { length: Number(length) }),
      })
  }
  if (at < text.length) parts.push(text.slice(at))
  return parts
}

/** The names in `REQ(X?Y)`: header X, else Y. */
export const namesAsked = (argument = ''): readonly string[] => argument.toLowerCase().split('?')
