// The values that header rules write, as far as they are known before a request is sent.
import type { CertificateFacts } from '../ir/certificate.ts'
import { type FormatCommand, formatParts, namesAsked } from '../ir/value-format.ts'
import type { HeaderLines } from './header-lines.ts'
import type { Approach, Flight } from './hop.ts'

/** What is known while a header is written. */
export interface ValueSource {
  /** Before any rule changed it. */
  readonly flight: Flight
  /** As the rules before have left them. */
  readonly headers: HeaderLines
  readonly approach: Approach
  /** Whose request it is. */
  readonly clientAddress: string
  /** What the client presented at this door. */
  readonly peer: CertificateFacts | undefined
  readonly route: string
  readonly cluster: string
}

/** `''`: there is none. */
type Foreseen = (source: ValueSource, argument: string | undefined) => string

const LATER = 'only the running engine knows'

const ofPeer =
  (value: (peer: CertificateFacts) => string): Foreseen =>
  ({ peer }) =>
    peer ? value(peer) : ''

const COMMANDS: Readonly<Record<FormatCommand, Foreseen | typeof LATER>> = {
  REQ: (source, argument) =>
    namesAsked(argument)
      .map((name) => requestHeader(name, source))
      .find((value) => value !== undefined) ?? '',
  PROTOCOL: ({ flight }) => flight.version,
  PATH: ({ flight: { target } }, argument) =>
    argument?.includes('NQ') ? (target.split('?')[0] ?? '') : target,
  METHOD: ({ flight }) => flight.method,
  ROUTE_NAME: ({ route }) => route,
  UPSTREAM_CLUSTER: ({ cluster }) => cluster,
  REQUESTED_SERVER_NAME: ({ approach: { opening } }) => opening.sni ?? '',
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ({ clientAddress }) => clientAddress,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: ({ approach }) => approach.sourceIp,
  DOWNSTREAM_LOCAL_ADDRESS: ({ approach: { address, port } }) => `${address}:${port}`,
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: ({ approach }) => approach.address,
  DOWNSTREAM_LOCAL_PORT: ({ approach }) => String(approach.port),
  DOWNSTREAM_PEER_SUBJECT: ofPeer(({ subject }) => subject),
  DOWNSTREAM_PEER_ISSUER: ofPeer(({ issuer }) => issuer),
  DOWNSTREAM_PEER_SERIAL: ofPeer(({ serial }) => serial),
  DOWNSTREAM_PEER_FINGERPRINT_256: ofPeer(({ fingerprint }) => fingerprint),
  DOWNSTREAM_PEER_URI_SAN: ofPeer(({ sans }) => sans.uri.join(',')),
  DOWNSTREAM_PEER_DNS_SAN: ofPeer(({ sans }) => sans.dns.join(',')),
  DOWNSTREAM_PEER_CERT: LATER,
  DOWNSTREAM_PEER_CERT_V_START: LATER,
  DOWNSTREAM_PEER_CERT_V_END: LATER,
  DOWNSTREAM_REMOTE_ADDRESS: LATER,
  DOWNSTREAM_REMOTE_PORT: LATER,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: LATER,
  DOWNSTREAM_TLS_VERSION: LATER,
  DOWNSTREAM_TLS_CIPHER: LATER,
  START_TIME: LATER,
  DURATION: LATER,
  STREAM_ID: LATER,
  HOSTNAME: LATER,
  BYTES_RECEIVED: LATER,
  BYTES_SENT: LATER,
  UPSTREAM_HOST: LATER,
  UPSTREAM_LOCAL_ADDRESS: LATER,
  UPSTREAM_TRANSPORT_FAILURE_REASON: LATER,
  UPSTREAM_REQUEST_ATTEMPT_COUNT: LATER,
  RESPONSE_CODE: LATER,
  RESPONSE_FLAGS: LATER,
  RESPONSE_CODE_DETAILS: LATER,
  RESPONSE_DURATION: LATER,
}

const known = (name: string): Foreseen | typeof LATER | undefined =>
  (COMMANDS as Readonly<Record<string, Foreseen | typeof LATER | undefined>>)[name]

// No value can split a message.
const NOT_IN_A_VALUE = /[^\t\u0020-\u007e\u0080-\u{10ffff}]/gu

/** The value with its commands carried out; one that only the running engine can answer stays as it is written. */
export const headerValue = (text: string, source: ValueSource): string =>
  formatParts(text)
    .map((part) => {
      if (typeof part === 'string') return part
      const value = known(part.command) ?? (() => '')
      return value === LATER ? part.text : value(source, part.argument).slice(0, part.length)
    })
    .join('')
    .replace(NOT_IN_A_VALUE, '')

function requestHeader(name: string, { flight, headers }: ValueSource): string | undefined {
  switch (name) {
    case ':authority':
      return flight.authority
    case ':path':
      return flight.target
    case ':method':
      return flight.method
    case ':scheme':
      return flight.scheme
    default:
      // As in Envoy, of a header that stands several times the first is meant.
      return headers.valuesOf(name)[0]
  }
}
