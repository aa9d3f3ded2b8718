// The commands of Envoy's access-log format that header values and logs may use.
import { type FormatCommand, namesAsked } from '../../../../../ir/value-format.ts'
import type { FormatSource } from '../../../lower/value-format.ts'
import type { RequestContext } from '../request-context.ts'

/** Answers commands for a request; undefined when there is no value (written `-` in logs, nothing in headers). */
export function formatSource(context: RequestContext): FormatSource {
  return { value: (command, argument) => known(command)?.(context, argument) }
}

type Command = (context: RequestContext, argument: string | undefined) => string | undefined

const number = (value: number): string | undefined => (value === 0 ? undefined : String(value))
const list = (values: readonly string[] | undefined): string | undefined =>
  values === undefined || values.length === 0 ? undefined : values.join(',')
const peer = ({ connection }: RequestContext) => connection.tls?.peer

const COMMANDS: Readonly<Record<FormatCommand, Command>> = {
  REQ: requestHeader,
  PROTOCOL: ({ head }) => head.version,
  PATH: ({ target, path }, argument) => (argument?.includes('NQ') === true ? path : target),
  METHOD: ({ method }) => method,
  RESPONSE_CODE: ({ status }) => String(status),
  RESPONSE_FLAGS: ({ flags }) => flags || undefined,
  RESPONSE_CODE_DETAILS: ({ details }) => details || undefined,
  BYTES_RECEIVED: ({ bytesReceived }) => String(bytesReceived),
  BYTES_SENT: ({ bytesSent }) => String(bytesSent),
  DURATION: ({ startedAt }) => String(Math.round(performance.now() - startedAt)),
  START_TIME: ({ startTime }) => new Date(startTime).toISOString(),
  ROUTE_NAME: ({ routeName }) => routeName,
  UPSTREAM_CLUSTER: ({ clusterName }) => clusterName,
  UPSTREAM_HOST: ({ upstreamHost }) => upstreamHost,
  UPSTREAM_LOCAL_ADDRESS: ({ upstreamLocal }) => upstreamLocal,
  UPSTREAM_TRANSPORT_FAILURE_REASON: ({ transportFailure }) => transportFailure,
  UPSTREAM_REQUEST_ATTEMPT_COUNT: ({ attempts }) => String(attempts),
  STREAM_ID: ({ requestId }) => requestId || undefined,
  REQUESTED_SERVER_NAME: ({ sni }) => sni,
  DOWNSTREAM_REMOTE_ADDRESS: ({ clientAddress, connection }) => `${clientAddress}:${connection.remotePort}`,
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: ({ clientAddress }) => clientAddress,
  DOWNSTREAM_REMOTE_PORT: ({ connection }) => String(connection.remotePort),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: ({ connection }) =>
    `${connection.remoteAddress}:${connection.remotePort}`,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: ({ connection }) => connection.remoteAddress,
  DOWNSTREAM_LOCAL_ADDRESS: ({ connection }) => `${connection.localAddress}:${connection.localPort}`,
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: ({ connection }) => connection.localAddress,
  DOWNSTREAM_LOCAL_PORT: ({ connection }) => String(connection.localPort),
  DOWNSTREAM_TLS_VERSION: ({ connection }) => connection.tls?.protocol,
  DOWNSTREAM_TLS_CIPHER: ({ connection }) => connection.tls?.cipher,
  DOWNSTREAM_PEER_SUBJECT: (context) => peer(context)?.subject,
  DOWNSTREAM_PEER_ISSUER: (context) => peer(context)?.issuer,
  DOWNSTREAM_PEER_SERIAL: (context) => peer(context)?.serial,
  DOWNSTREAM_PEER_FINGERPRINT_256: (context) => peer(context)?.fingerprint,
  DOWNSTREAM_PEER_URI_SAN: (context) => list(peer(context)?.sans.uri),
  DOWNSTREAM_PEER_DNS_SAN: (context) => list(peer(context)?.sans.dns),
  DOWNSTREAM_PEER_CERT: (context) => {
    const pem = peer(context)?.x509.toString()
    return pem === undefined ? undefined : encodeURIComponent(pem)
  },
  DOWNSTREAM_PEER_CERT_V_START: (context) => isoTime(peer(context)?.notBefore),
  DOWNSTREAM_PEER_CERT_V_END: (context) => isoTime(peer(context)?.notAfter),
  HOSTNAME: ({ connection }) => connection.proxyId,
  RESPONSE_DURATION: ({ responseAt, startedAt }) =>
    responseAt === 0 ? undefined : number(Math.round(responseAt - startedAt)),
}

const known = (name: string): Command | undefined =>
  (COMMANDS as Readonly<Record<string, Command | undefined>>)[name]

function isoTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString()
}

/** `REQ(X?Y)`: header X, else Y; `:authority`, `:path`, `:method`, `:scheme` are there too. */
function requestHeader(context: RequestContext, argument: string | undefined): string | undefined {
  for (const name of namesAsked(argument)) {
    const value = name.startsWith(':') ? pseudoHeader(context, name) : context.header(name)
    // As in Envoy, of a header that stands several times the first is meant.
    if (value !== undefined) return value.includes(',') ? context.headerLines(name)[0] : value
  }
  return undefined
}

function pseudoHeader(context: RequestContext, name: string): string | undefined {
  switch (name) {
    case ':authority':
      return context.authority
    case ':path':
      return context.upstreamTarget
    case ':method':
      return context.method
    case ':scheme':
      return context.scheme
    default:
      return undefined
  }
}
