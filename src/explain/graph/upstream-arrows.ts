// The arrows that leave a door: one for each destination of its routes, with the handshake predicted as a trace would.

import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster, Endpoint } from '../../ir/cluster.ts'
import type { Listener } from '../../ir/listener.ts'
import type { Model, Proxy } from '../../ir/proxy.ts'
import type { Route } from '../../ir/route.ts'
import { shakeHands } from '../handshake.ts'
import { HeaderLines } from '../header-lines.ts'
import type { Approach } from '../hop.ts'
import { listenerAt } from '../listener-at.ts'
import { selectFilterChain } from '../select.ts'
import { usableEndpoint } from '../spread.ts'
import { tlsFor, upstreamClient } from '../upstream-client.ts'
import { certificateLabel } from './certificate-label.ts'
import type { GraphEdge, GraphNode } from './graph.ts'

export interface UpstreamArrow {
  /** The box it begins at, when that is no door. */
  readonly from?: GraphNode
  /** Absent: the arrow ends at another door. */
  readonly node?: GraphNode
  readonly edge: GraphEdge
}

/** What the routes of a door lead to. */
export const upstreamArrows = (proxy: Proxy, model: Model, now: number): readonly UpstreamArrow[] => [
  ...arrowsTo(proxy, model, now, () => true),
  ...failing(proxy),
]

/** What those routes of a proxy lead to whose origin is `wanted`. */
export function arrowsTo(
  proxy: Proxy,
  model: Model,
  now: number,
  wanted: (origin: Origin) => boolean,
): readonly UpstreamArrow[] {
  const clusters = new Map(proxy.clusters.map((cluster) => [cluster.name, cluster]))
  return [...destinationsOf(proxy, wanted)].map(([name, host]) => {
    const cluster = clusters.get(name)
    return cluster
      ? arrowTo(proxy, cluster, host, model, now)
      : missing(proxy, name, { text: 'no such destination', code: 'SP0501' })
  })
}

/** Routes that fail closed. */
const failing = (proxy: Proxy): readonly UpstreamArrow[] =>
  proxy.listeners.flatMap(({ filterChains }) =>
    filterChains.flatMap(({ handler }) =>
      (handler.kind === 'http' ? handler.routes.virtualHosts : []).flatMap(({ routes }) =>
        routes.flatMap(({ name, action }) =>
          action.kind === 'fail' ? [missing(proxy, name, { text: action.message, code: action.reason })] : [],
        ),
      ),
    ),
  )

/** Names of clusters, each with a host whose requests go there. */
function destinationsOf(proxy: Proxy, wanted: (origin: Origin) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const note = (name: string, host: string) => found.set(name, found.get(name) ?? host)
  for (const { filterChains } of proxy.listeners)
    for (const { handler, match, origin } of filterChains) {
      if (handler.kind === 'tcp')
        for (const { cluster } of wanted(origin) ? handler.clusters : [])
          note(cluster, match.serverNames?.[0] ?? '')
      else
        for (const host of handler.routes.virtualHosts)
          for (const route of host.routes.filter((one) => wanted(one.origin)))
            for (const name of clustersOf(route)) note(name, host.domains[0] ?? '')
    }
  return found
}

const clustersOf = ({ action }: Route): readonly string[] =>
  action.kind === 'forward'
    ? [...action.clusters, ...(action.mirrors ?? [])].map(({ cluster }) => cluster)
    : []

function missing(proxy: Proxy, name: string, broken: NonNullable<GraphEdge['broken']>): UpstreamArrow {
  const id = `missing/${name}`
  return {
    node: { id, kind: 'missing', title: name, lines: [] },
    edge: { from: proxy.id, to: id, kind: 'none', lines: [], broken },
  }
}

function arrowTo(proxy: Proxy, cluster: Cluster, host: string, model: Model, now: number): UpstreamArrow {
  const endpoint = usableEndpoint(cluster)
  const found = endpoint && listenerAt(model, endpoint.address, endpoint.port)
  const broken = brokenBy(proxy, cluster, endpoint, found?.[1], host, now)
  const base = { from: proxy.id, ...describe(cluster, endpoint, now), ...(broken ? { broken } : {}) }
  if (found && found[0].kind !== 'sidecar') return { edge: { ...base, to: found[0].id } }
  const name = cluster.service ? `${cluster.service.namespace}/${cluster.service.name}` : cluster.name
  const meshed = found !== undefined
  const node: GraphNode = {
    id: `service/${name}`,
    kind: meshed ? 'meshed' : 'service',
    title: cluster.service?.name ?? cluster.name,
    lines: [
      ...(cluster.service ? [cluster.service.namespace] : []),
      ...(endpoint ? [meshed ? 'with sidecar' : 'without sidecar'] : []),
    ],
  }
  return { node, edge: { ...base, to: node.id } }
}

function describe(
  cluster: Cluster,
  endpoint: Endpoint | undefined,
  now: number,
): Pick<GraphEdge, 'kind' | 'lines'> {
  const { kind, lines } = transportOf(cluster, endpoint, now)
  const subset = /^outbound\|\d+\|([^|]+)\|/.exec(cluster.name)?.[1]
  return { kind, lines: subset === undefined ? lines : [`subset ${subset}`, ...lines] }
}

function transportOf(
  cluster: Cluster,
  endpoint: Endpoint | undefined,
  now: number,
): Pick<GraphEdge, 'kind' | 'lines'> {
  const tls = endpoint && tlsFor(cluster, endpoint)
  if (!tls)
    return { kind: 'plaintext', lines: [cluster.protocol === 'tcp' ? 'bytes as they come' : 'plaintext'] }
  const mesh = cluster.tls?.when === 'endpoint-istio'
  const shows = tls.certificate ? [`shows ${certificateLabel(tls.certificate.leaf, now)}`] : []
  const sni = typeof tls.sni === 'string' && !mesh ? [`asks for ${tls.sni}`] : []
  const checks = tls.verify === 'off' ? ['verifies nothing'] : []
  if (mesh) return { kind: 'mesh', lines: ['mesh mutual TLS', ...shows] }
  return {
    kind: tls.certificate ? 'mutual' : 'tls',
    lines: [tls.certificate ? 'mutual TLS' : 'TLS', ...sni, ...shows, ...checks],
  }
}

function brokenBy(
  proxy: Proxy,
  cluster: Cluster,
  endpoint: Endpoint | undefined,
  listener: Listener | undefined,
  host: string,
  now: number,
): GraphEdge['broken'] {
  if (cluster.refuse) return { text: cluster.refuse.message, code: cluster.refuse.reason }
  if (cluster.passthrough) return undefined
  if (!endpoint) return { text: 'no ready endpoint', code: 'SP0701' }
  // Bytes that pass through bring a handshake of their own.
  if (!listener || cluster.protocol === 'tcp') return undefined
  const approach = upstreamClient(proxy, cluster, endpoint, flightFor(host), firstApproach(host))
  const chain = selectFilterChain(listener, approach.opening)
  if (!chain) return notTaken(listener, approach.opening)
  const { refusal } = shakeHands(chain, approach, now)
  return refusal && { text: refusal.summary, ...(refusal.reason ? { code: refusal.reason } : {}) }
}

function notTaken({ name }: Listener, { transport, sni }: Approach['opening']): GraphEdge['broken'] {
  if (transport === 'tls') return { text: `${name} takes no ${sni ?? 'TLS without SNI'}`, code: 'SP1007' }
  const strict = name.startsWith('inbound_')
  return strict
    ? { text: 'plaintext to pods that require mutual TLS', code: 'SP1009' }
    : { text: `${name} takes no plaintext`, code: 'SP1008' }
}

const flightFor = (authority: string): Approach['flight'] => ({
  method: 'GET',
  scheme: 'https',
  authority,
  target: '/',
  version: 'HTTP/1.1',
  headers: new HeaderLines(),
})

const firstApproach = (host: string): Approach => ({
  address: '',
  port: 0,
  opening: { transport: 'plaintext', alpn: [] },
  client: { name: 'the client', chain: [], trust: 'off' },
  sourceIp: '',
  flight: flightFor(host),
})
