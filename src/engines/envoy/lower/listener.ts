// Listeners and filter chains: config.listener.v3.
import type { FilterChain, Listener, TcpProxy } from '../../../ir/listener.ts'
import { listenerLogFormat, logFormat } from '../../../ir/log-format.ts'
import type { Locate } from '../../engine.ts'
import { accessLoggers, connectionLoggers, noChainLoggers, refusalLoggers } from './access-log.ts'
import { connectionCounter } from './counting.ts'
import { lowerPolicySet } from './policy.ts'
import { compact, duration, extension, type Message } from './proto.ts'
import { downstreamSocket, handshakeTimeout, type SecretRef } from './tls.ts'

const NETWORK = 'envoy.extensions.filters.network'

const networkRbac = (message: Message): Message =>
  extension('envoy.filters.network.rbac', `${NETWORK}.rbac.v3.RBAC`, { stat_prefix: 'tcp.', ...message })

function tcpFilters(handler: TcpProxy, counted: boolean): readonly Message[] {
  const { deny, allow } = lowerPolicySet(handler.policies ?? [])
  const [only, ...more] = handler.clusters
  const target =
    only && more.length === 0
      ? { cluster: only.cluster }
      : {
          weighted_clusters: {
            clusters: handler.clusters.map(({ cluster, weight }) => ({ name: cluster, weight })),
          },
        }
  return [
    ...[deny, allow].flatMap((message) => (message ? [networkRbac(message)] : [])),
    extension(
      'envoy.filters.network.tcp_proxy',
      `${NETWORK}.tcp_proxy.v3.TcpProxy`,
      compact({
        stat_prefix: handler.statPrefix,
        ...target,
        idle_timeout: handler.idleTimeoutMs === undefined ? undefined : duration(handler.idleTimeoutMs),
        access_log: [...accessLoggers(logFormat(handler)), ...(counted ? [connectionCounter] : [])],
      }),
    ),
  ]
}

/** The cluster without endpoints to which connections go that are to be closed. */
export const REFUSED = 'refused'

/** Closes every connection before any handshake: there is no endpoint to hand it to. */
const closedFilters = (access_log: readonly Message[]): readonly Message[] => [
  extension('envoy.filters.network.tcp_proxy', `${NETWORK}.tcp_proxy.v3.TcpProxy`, {
    stat_prefix: REFUSED,
    cluster: REFUSED,
    ...(access_log.length > 0 ? { access_log } : {}),
  }),
]

/** Whether anything of a listener closes its connections. */
export const refuses = ({ filterChains }: Listener): boolean =>
  filterChains.length === 0 || filterChains.some(({ refuse }) => refuse)

function chainMatch({ match }: FilterChain): Message | undefined {
  const message = compact({
    server_names: match.serverNames,
    transport_protocol: match.transport && { tls: 'tls', plaintext: 'raw_buffer' }[match.transport],
    application_protocols: match.alpn,
  })
  return Object.keys(message).length > 0 ? message : undefined
}

/** A chain and the secrets that it names. */
export interface LoweredChain {
  readonly message: Message
  readonly secrets: readonly SecretRef[]
}

/** config.listener.v3.FilterChain; `manager` is the network filter of its HTTP handler. */
export function lowerChain(chain: FilterChain, manager: Message | undefined, counted: boolean): LoweredChain {
  const filter_chain_match = chainMatch(chain)
  if (chain.refuse) {
    const filters = closedFilters(refusalLoggers(logFormat(chain.handler), chain.refuse.message))
    return { message: compact({ name: chain.name, filter_chain_match, filters }), secrets: [] }
  }
  const tls = chain.tls && downstreamSocket(chain.tls)
  const filters = chain.handler.kind === 'tcp' ? tcpFilters(chain.handler, counted) : manager ? [manager] : []
  return {
    message: compact({
      name: chain.name,
      filter_chain_match,
      filters,
      transport_socket: tls?.socket,
      transport_socket_connect_timeout: handshakeTimeout(chain.tls),
    }),
    secrets: tls?.secrets ?? [],
  }
}

/** Whether chains are chosen by what the first bytes say. */
const needsInspector = (listener: Listener): boolean =>
  listener.filterChains.some(
    ({ match }) =>
      match.serverNames !== undefined || match.transport !== undefined || match.alpn !== undefined,
  )

/** Decides whose spans are made, and nothing else that is used here: without tracing every listener is an inbound one. */
const direction = ({ filterChains }: Listener): 'INBOUND' | 'OUTBOUND' =>
  filterChains.some(({ handler }) => handler.kind === 'http' && handler.tracing?.side === 'outbound')
    ? 'OUTBOUND'
    : 'INBOUND'

/** config.listener.v3.Listener with these chains. */
export function lowerListener(listener: Listener, locate: Locate, chains: readonly Message[]): Message {
  // Several logical addresses may be one real place.
  const places = new Map(
    listener.binds.map(({ address, port }) => {
      const { host, port: real } = locate(address, port)
      return [`${host} ${real}`, { socket_address: { address: host, port_value: real } }] as const
    }),
  )
  const [first, ...more] = places.values()
  const listener_filters = [
    ...(listener.proxyProtocol
      ? [
          extension(
            'envoy.filters.listener.proxy_protocol',
            'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
            {},
          ),
        ]
      : []),
    ...(needsInspector(listener)
      ? [
          extension(
            'envoy.filters.listener.tls_inspector',
            'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
            {},
          ),
        ]
      : []),
  ]
  const format = listenerLogFormat(listener)
  return compact({
    name: listener.name,
    address: first,
    additional_addresses: more.length > 0 ? more.map((address) => ({ address })) : undefined,
    listener_filters: listener_filters.length > 0 ? listener_filters : undefined,
    listener_filters_timeout: '15s',
    continue_on_listener_filters_timeout: false,
    // Envoy takes no listener without chains.
    filter_chains:
      chains.length > 0 ? chains : [{ name: REFUSED, filters: closedFilters(noChainLoggers(format)) }],
    per_connection_buffer_limit_bytes: 1_048_576,
    traffic_direction: direction(listener),
    access_log: connectionLoggers(format),
  })
}
