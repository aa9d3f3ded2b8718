// The filter of an access log at run time: a CEL expression over a finished request, parsed once per manager.
import { Environment } from '@marcbachmann/cel-js'
import type { HttpManager } from '../../../../ir/listener.ts'
import { LOG_ATTRIBUTES, type LogAttributes } from '../../../../ir/log-filter.ts'
import type { RequestContext } from '../http/request-context.ts'

type Value = string | bigint | boolean | Readonly<Record<string, string>> | undefined
type Reader = (context: RequestContext) => Value

/** Every attribute that expressions may use; one without a value is absent, as in Envoy. */
const READERS: {
  readonly [Root in keyof LogAttributes]: Readonly<Record<LogAttributes[Root][number], Reader>>
} = {
  request: {
    path: ({ target }) => target,
    url_path: ({ path }) => path,
    query: ({ query }) => query,
    host: ({ authority }) => authority,
    scheme: ({ scheme }) => scheme,
    method: ({ method }) => method,
    headers: ({ head }) => {
      const fields: Record<string, string> = {}
      head.headers.each((name, value) => {
        fields[name] = fields[name] === undefined ? value : `${fields[name]},${value}`
      })
      return fields
    },
    useragent: (context) => context.header('user-agent'),
    id: ({ requestId }) => requestId,
    protocol: ({ head }) => head.version,
    size: ({ bytesReceived }) => BigInt(bytesReceived),
  },
  response: {
    code: ({ status }) => BigInt(status),
    code_details: ({ details }) => details || undefined,
    grpc_status: ({ grpcStatus }) => (grpcStatus === undefined ? undefined : BigInt(grpcStatus)),
    size: ({ bytesSent }) => BigInt(bytesSent),
  },
  connection: {
    mtls: ({ connection }) => connection.tls?.verified === true,
    requested_server_name: ({ connection }) => connection.serverName,
    tls_version: ({ connection }) => connection.tls?.protocol,
  },
  source: {
    address: ({ connection }) => `${connection.remoteAddress}:${connection.remotePort}`,
    port: ({ connection }) => BigInt(connection.remotePort),
  },
  destination: {
    address: ({ connection }) => `${connection.localAddress}:${connection.localPort}`,
    port: ({ connection }) => BigInt(connection.localPort),
  },
  upstream: {
    address: ({ upstreamHost }) => upstreamHost,
    transport_failure_reason: ({ transportFailure }) => transportFailure,
  },
  xds: {
    cluster_name: ({ clusterName }) => clusterName,
    route_name: ({ routeName }) => routeName,
  },
}

type Filter = (context: RequestContext) => boolean

const filters = new WeakMap<HttpManager, Filter>()

/** Whether a request of a manager with a filter is logged. */
export function isLogged(manager: HttpManager, expression: string, context: RequestContext): boolean {
  let filter = filters.get(manager)
  if (filter === undefined) {
    filter = compile(expression)
    filters.set(manager, filter)
  }
  return filter(context)
}

/** As in Envoy, what cannot be evaluated (an attribute that is absent) is not logged; what cannot be parsed filters nothing. */
function compile(expression: string): Filter {
  const environment = new Environment({ unlistedVariablesAreDyn: true })
  let program: ReturnType<Environment['parse']>
  try {
    program = environment.parse(expression)
  } catch {
    return () => true
  }
  return (context) => {
    try {
      return program(attributesOf(context)) === true
    } catch {
      return false
    }
  }
}

/** Read when the expression asks for them. */
function attributesOf(context: RequestContext): Record<string, unknown> {
  const roots = Object.keys(LOG_ATTRIBUTES) as (keyof LogAttributes)[]
  return Object.fromEntries(
    roots.map((root) => {
      const readers: Readonly<Record<string, Reader>> = READERS[root]
      const values = Object.entries(readers).flatMap(([name, read]) => {
        const value = read(context)
        return value === undefined ? [] : [[name, value] as const]
      })
      return [root, Object.fromEntries(values)]
    }),
  )
}
