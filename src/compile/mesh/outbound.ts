// A sidecar's outbound side: a forward proxy that knows every Service of the mesh by all its names, and lets everything else through.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { Listener } from '../../ir/listener.ts'
import type { StringMatch } from '../../ir/match.ts'
import { istioProfile, istioRetry } from '../../ir/profiles.ts'
import type { Route, RouteTable, VirtualHost } from '../../ir/route.ts'
import { SERVICE } from '../../resources/kinds.ts'
import type { ServicePort } from '../../resources/service.ts'
import { readKeys } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { outboundCluster } from '../istio/destination.ts'
import { isVisible } from '../istio/hosts.ts'
import { mergeRoutes, type Viewpoint, virtualServiceRoutes } from '../istio/routes.ts'
import { routingLabels } from '../istio/virtual-hosts.ts'
import { bindingsOf } from '../istio/virtual-services.ts'
import type { PodFacts } from '../workload/pod-facts.ts'
import { type ServiceFacts, serviceFacts } from '../workload/services.ts'
import type { Client } from './cluster.ts'
import { clustersFor, refusals } from './clusters-of.ts'
import type { Vantage } from './locality/place.ts'
import { vantageOf } from './locality/vantage.ts'

/** Istio's port for captured outbound traffic. */
const OUTBOUND_PORT = 15_001
const PASSTHROUGH = 'PassthroughCluster'

/** Who looks: sidecars of one namespace with the same routing labels share a table. */
interface Outlook {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

/** The table ignores ports in domains, so the port is a condition of the route: `host:8000`, or no port for 80. */
const portCondition = (port: number): StringMatch =>
  port === 80 ? { kind: 'regex', value: '[^:]+(:80)?' } : { kind: 'suffix', value: `:${port}` }

function namesOf(service: ServiceFacts, outlook: Outlook): readonly string[] {
  const { name, namespace, host } = service
  return [
    host,
    ...(namespace === outlook.namespace ? [name] : []),
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    ...service.clusterIps,
  ]
}

function plainRoute(service: ServiceFacts, port: ServicePort): Route {
  return {
    name: `default ${port.port}`,
    match: { path: { kind: 'any' } },
    action: {
      kind: 'forward',
      clusters: [
        { cluster: outboundCluster(port.port, '', service.host), weight: 1, origin: service.origin },
      ],
      retry: istioRetry,
    },
    origin: service.origin,
  }
}

/** The oldest VirtualService of the mesh for a host: on sidecars they are not merged. */
function meshView(read: Read, host: string, outlook: Outlook, port: number): string | undefined {
  const binding = read(bindingsOf, 'mesh').find(
    (one) => one.hosts.includes(host) && isVisible(one.exportTo, one.namespace, outlook.namespace),
  )
  if (binding === undefined) return undefined
  const view: Viewpoint = {
    virtualService: binding.key,
    namespace: outlook.namespace,
    port,
    gateways: ['mesh'],
    labels: outlook.labels,
  }
  return JSON.stringify(view)
}

function portRoutes(
  read: Read,
  service: ServiceFacts,
  port: ServicePort,
  outlook: Outlook,
): readonly Route[] {
  const view = meshView(read, service.host, outlook, port.port)
  const own = view === undefined ? [] : read(virtualServiceRoutes, view).routes
  const routes = view === undefined || own.length === 0 ? [plainRoute(service, port)] : own
  const authority = portCondition(port.port)
  return routes.map((route) => ({
    ...route,
    name: view === undefined ? route.name : `${route.name} :${port.port}`,
    match: { ...route.match, authority: route.match.authority ?? authority },
  }))
}

const serviceHost = query<VirtualHost | undefined>('outbound-virtual-host', (read, text) => {
  const [key = '', outlookText = '{}'] = JSON.parse(text) as readonly string[]
  const outlook = JSON.parse(outlookText) as Outlook
  const service = read(serviceFacts, key)
  const ports = (service?.ports ?? []).filter((port) => (port.protocol ?? 'TCP') === 'TCP')
  if (service === undefined || service.externalName !== undefined || ports.length === 0) return undefined
  return {
    name: service.host,
    domains: namesOf(service, outlook),
    routes: mergeRoutes(ports.map((port) => portRoutes(read, service, port, outlook))),
    origin: service.origin,
  }
})

const anything = (origin: VirtualHost['origin']): VirtualHost => ({
  name: 'allow_any',
  domains: ['*'],
  origin,
  routes: [
    {
      name: 'allow_any',
      match: { path: { kind: 'any' } },
      action: { kind: 'forward', clusters: [{ cluster: PASSTHROUGH, weight: 1, origin }] },
      origin,
    },
  ],
})

const outboundTable = query<RouteTable>('outbound-table', (read, outlookText) => {
  const hosts = readKeys(read, SERVICE).flatMap(
    (key) => read(serviceHost, JSON.stringify([key, outlookText])) ?? [],
  )
  return { name: 'outbound', virtualHosts: [...hosts, anything({})], origin: {} }
})

/** The listener as all sidecars with the same outlook have it, but for its address. */
const outboundListener = query<Omit<Listener, 'binds'>>('outbound-listener', (read, outlookText) => ({
  name: 'outbound_15001',
  filterChains: [
    {
      name: 'outbound',
      match: {},
      handler: {
        ...istioProfile,
        statPrefix: 'outbound_15001',
        server: { mode: 'overwrite', value: 'envoy' },
        forwardClientCert: { mode: 'sanitize', details: [] },
        clientAddress: { useRemoteAddress: false, trustedHops: 0 },
        forwardProxy: true,
        routes: read(outboundTable, outlookText),
      },
      origin: {},
    },
  ],
  origin: {},
}))

const passthrough: Cluster = {
  name: PASSTHROUGH,
  endpoints: [],
  protocol: 'downstream',
  balancing: { kind: 'round-robin' },
  connectTimeoutMs: 10_000,
  passthrough: true,
  origin: {},
}

/** Keyed by JSON `[namespace, service account, outlook, vantage]`, since an account's name may hold anything: sidecars of one that stand alike share their clusters. */
const outboundClusters = query<readonly Cluster[]>('outbound-clusters', (read, key) => {
  const [namespace, serviceAccount, outlook, vantage] = JSON.parse(key) as [string, string, string, Vantage]
  const client: Client = { kind: 'sidecar', namespace, serviceAccount, vantage }
  const listener: Listener = { ...read(outboundListener, outlook), binds: [] }
  return [...clustersFor(read, client, [listener]), passthrough].sort((a, b) => (a.name < b.name ? -1 : 1))
})

/** The outbound listener of a pod and its clusters. */
export function outboundSide(
  read: Read,
  pod: PodFacts,
): { readonly listener: Listener; readonly clusters: readonly Cluster[] } {
  const outlook: Outlook = { namespace: pod.namespace, labels: routingLabels(read, pod.labels) }
  const text = JSON.stringify(outlook)
  return {
    listener: {
      ...read(outboundListener, text),
      binds: pod.addresses.map((address) => ({ address, port: OUTBOUND_PORT })),
    },
    clusters: read(
      outboundClusters,
      JSON.stringify([pod.namespace, pod.serviceAccount, text, vantageOf(read, pod)]),
    ),
  }
}

/** What is wrong with mesh routes and clusters as a sidecar sees them. */
export function outboundFindings(read: Read, pod: PodFacts): readonly Diagnostic[] {
  const outlook: Outlook = { namespace: pod.namespace, labels: routingLabels(read, pod.labels) }
  const { clusters } = outboundSide(read, pod)
  const routes = readKeys(read, SERVICE).flatMap((key) => {
    const service = read(serviceFacts, key)
    return (service?.ports ?? []).flatMap((port) => {
      const view = service === undefined ? undefined : meshView(read, service.host, outlook, port.port)
      return view === undefined ? [] : read(virtualServiceRoutes, view).diagnostics
    })
  })
  return [...routes, ...refusals(clusters)]
}
