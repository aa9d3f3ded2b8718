// Route tables as config.route.v3.RouteConfiguration, in parts, so that one changed host costs one host.
import type { DirectResponse, RouteTable, VirtualHost } from '../../../ir/route.ts'
import { headerOption } from './header-fields.ts'
import { REASON_HEADER } from './local-reply.ts'
import { compact, type Message } from './proto.ts'
import { fallbackRoute, type Style } from './virtual-host.ts'

const CLIENT = '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%'

/** The ALB tells programs of the client as nginx does, and nothing of Envoy. */
const albRequestHeaders = [
  ['x-real-ip', CLIENT],
  ['x-forwarded-host', '%REQ(:AUTHORITY)%'],
  ['x-forwarded-port', '%DOWNSTREAM_LOCAL_PORT%'],
  ['x-global-k8fdic-transaction-id', '%REQ(X-REQUEST-ID)%'],
] as const

/** Header fields of the whole table. */
function tableHeaders({ profile, appendsClient, withoutServer }: Style): Message {
  const alb = profile === 'alb'
  const add = [
    ...(alb ? albRequestHeaders.map(headerOption('OVERWRITE_IF_EXISTS_OR_ADD')) : []),
    // Envoy itself would write its own address for a client on loopback.
    ...(appendsClient ? [headerOption('APPEND_IF_EXISTS_OR_ADD')(['x-forwarded-for', CLIENT])] : []),
  ]
  const gone = [...(alb ? ['x-global-k8fdic-transaction-id'] : []), ...(withoutServer ? ['server'] : [])]
  return compact({
    request_headers_to_add: add.length > 0 ? add : undefined,
    request_headers_to_remove: [
      REASON_HEADER,
      ...(alb ? ['x-envoy-external-address', 'x-envoy-original-path'] : []),
    ],
    response_headers_to_remove: gone.length > 0 ? gone : undefined,
  })
}

/** A route configuration in parts: what changes rarely, and its virtual hosts by name. */
export interface RouteTableParts {
  /** config.route.v3.RouteConfiguration without virtual hosts. */
  readonly shell: Message
  readonly hosts: ReadonlyMap<string, Message>
}

/** Lowers a table; `host` lowers one virtual host (memoised by the caller). */
export function lowerRouteTable(
  table: RouteTable,
  style: Style,
  host: (host: VirtualHost) => Message,
): RouteTableParts {
  const hosts = new Map(table.virtualHosts.map((one) => [one.name, host(one)]))
  const star = table.virtualHosts.some(({ domains }) => domains.includes('*'))
  const fallback: DirectResponse | undefined = style.misdirected
    ? { kind: 'direct-response', status: 421 }
    : table.fallback
  if (fallback && !star)
    hosts.set('fallback', {
      name: 'fallback',
      domains: ['*'],
      routes: [fallbackRoute(fallback, style.profile)],
    })
  return {
    shell: {
      name: table.name,
      validate_clusters: false,
      max_direct_response_body_size_bytes: 1_048_576,
      ignore_port_in_host_matching: true,
      ...tableHeaders(style),
    },
    hosts,
  }
}

/** The whole config.route.v3.RouteConfiguration. */
export const wholeRouteTable = ({ shell, hosts }: RouteTableParts): Message => ({
  ...shell,
  virtual_hosts: [...hosts.values()],
})
