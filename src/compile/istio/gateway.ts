// A gateway workload as a proxy: listeners from the plan, a filter chain per TLS server, route tables, and the clusters that these lead to.
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Filter } from '../../ir/filter.ts'
import type { FilterChain, HttpManager, Listener } from '../../ir/listener.ts'
import type { PolicySet } from '../../ir/policy.ts'
import { istioProfile } from '../../ir/profiles.ts'
import type { Proxy, Workload } from '../../ir/proxy.ts'
import { GATEWAY, POD } from '../../resources/kinds.ts'
import { readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { clustersFor, refusals } from '../mesh/clusters-of.ts'
import { identityOf } from '../mesh/identity.ts'
import { vantageOf } from '../mesh/locality/vantage.ts'
import { policiesFor } from '../security/authorization.ts'
import { securityFilters } from '../security/filters.ts'
import { tcpPolicies } from '../security/tcp.ts'
import { observed, withCollectors } from '../telemetry/observe.ts'
import { errorText } from '../text.ts'
import { proxyWorkload } from '../workload/proxies.ts'
import { type ServerTlsResult, serverTls } from './gateway-tls.ts'
import { l4Routes } from './l4-routes.ts'
import { gatewayPlan, type PlannedListener } from './plan.ts'
import { gatewayServers, type Server } from './servers.ts'
import { type TableKey, tableFindings, virtualHosts } from './virtual-hosts.ts'

export interface CompiledGateway {
  readonly proxy?: Proxy
  readonly diagnostics: readonly Diagnostic[]
}

/** What is wrong with a gateway's servers, routes and clusters. */
export const gatewayProxyFindings = query<readonly Diagnostic[]>(
  'gateway-proxy-findings',
  (read, key) => read(gatewayProxy, key).diagnostics,
)

/** The TLS of one server for one workload, keyed by JSON `[proxy key, gateway key, index]`. */
const tlsOfServer = query<ServerTlsResult>(
  'gateway-server-tls',
  (read, text) => {
    const [proxyKey, gateway, index] = JSON.parse(text) as [string, string, number]
    const server = read(gatewayServers, gateway).servers.find((one) => one.index === index)
    const workload = read(proxyWorkload, proxyKey)?.workload
    if (server?.tls === undefined || workload === undefined) throw new Error('server without tls')
    return serverTls(read, workload, server.tls, server.kind === 'https')
  },
  (error) => ({
    tls: { certificates: [], alpn: [], clientCertificate: { mode: 'none' } },
    refuse: { reason: 'SP0105', message: errorText(error) },
    problems: [{ code: 'SP0105', message: errorText(error) }],
  }),
)

const manager: Omit<HttpManager, 'statPrefix' | 'routes'> = {
  ...istioProfile,
  server: { mode: 'overwrite', value: 'istio-envoy' },
  forwardClientCert: { mode: 'sanitize-set', details: ['subject', 'cert', 'dns', 'uri'] },
  clientAddress: { useRemoteAddress: true, trustedHops: 0 },
}

/** What all chains of a gateway share. */
interface Shared {
  readonly read: Read
  readonly proxyKey: string
  readonly workload: Workload
  readonly policies: PolicySet
  readonly filters: readonly Filter[]
  readonly diagnostics: Diagnostic[]
}

function httpManager(
  shared: Shared,
  statPrefix: string,
  table: string,
  key: TableKey,
  server: Server,
): HttpManager {
  shared.diagnostics.push(...tableFindings(shared.read, key))
  return {
    ...manager,
    statPrefix,
    routes: { name: table, virtualHosts: virtualHosts(shared.read, key), origin: server.origin },
    ...(shared.filters.length === 0 ? {} : { filters: shared.filters }),
  }
}

function byteChains(
  shared: Shared,
  server: Server,
  base: Pick<FilterChain, 'tls' | 'refuse'>,
): readonly FilterChain[] {
  const { routes, diagnostics } = l4Routes(shared.read, server, shared.workload.namespace)
  shared.diagnostics.push(...diagnostics)
  const own = server.hosts.some((host) => host.name === '*')
    ? undefined
    : server.hosts.map((host) => host.name)
  return routes.map((route, index) => {
    const names = server.kind === 'passthrough' ? route.serverNames : own
    return {
      name: `${server.gateway}/${server.index}/${index}`,
      match:
        server.kind === 'tcp'
          ? {}
          : { transport: 'tls', ...(names === undefined ? {} : { serverNames: names }) },
      ...base,
      handler: {
        kind: 'tcp',
        statPrefix: `outbound_tcp_${server.port}`,
        clusters: route.clusters,
        ...(shared.policies.length === 0 ? {} : { policies: tcpPolicies(shared.policies) }),
      },
      origin: route.origin,
    }
  })
}

function tlsChains(
  shared: Shared,
  listener: PlannedListener,
  server: Server,
  position: number,
): readonly FilterChain[] {
  const { read, proxyKey } = shared
  if (server.kind === 'passthrough') return byteChains(shared, server, {})
  const result = read(tlsOfServer, JSON.stringify([proxyKey, server.gateway, server.index]))
  const gateway = readObject(read, GATEWAY, server.gateway)
  const origin = gateway?.origin(`spec.servers[${server.index}].tls`) ?? server.origin
  for (const { code, message, severity } of result.problems) {
    shared.diagnostics.push(diagnostic(code, origin, message, severity === undefined ? {} : { severity }))
  }
  const base = { tls: result.tls, ...(result.refuse === undefined ? {} : { refuse: result.refuse }) }
  if (server.kind === 'tls') return byteChains(shared, server, base)
  const [namespace, name] = server.gateway.split('/')
  const table = `https.${server.port}.${server.portName}.${name}.${namespace}`
  const key: TableKey = { proxy: proxyKey, listener: listener.name, server: position }
  const anyHost = server.hosts.some((host) => host.name === '*')
  return [
    {
      name: `${server.gateway}/${server.index}`,
      match: {
        transport: 'tls',
        ...(anyHost ? {} : { serverNames: [...new Set(server.hosts.map((host) => host.name))] }),
      },
      ...base,
      handler: httpManager(shared, `outbound_0.0.0.0_${server.port}`, table, key, server),
      origin: server.origin,
    },
  ]
}

function listenerOf(shared: Shared, planned: PlannedListener): Listener | undefined {
  const [first] = planned.servers
  if (first === undefined) return undefined
  const key: TableKey = { proxy: shared.proxyKey, listener: planned.name }
  const filterChains: readonly FilterChain[] =
    first.kind === 'http'
      ? [
          {
            name: 'http',
            match: {},
            handler: httpManager(shared, `outbound_0.0.0.0_${first.port}`, `http.${first.port}`, key, first),
            origin: first.origin,
          },
        ]
      : first.kind === 'tcp'
        ? byteChains(shared, first, {})
        : planned.servers.flatMap((server, index) => tlsChains(shared, planned, server, index))
  return { name: planned.name, binds: planned.binds, filterChains, origin: first.origin }
}

/** The gateway with this key (`gateway namespace workload`). */
export const gatewayProxy = query<CompiledGateway>('gateway', (read, key) => {
  const facts = read(proxyWorkload, key)
  const pod = facts && readObject(read, POD, facts.pod)
  if (facts === undefined || pod === undefined) return { diagnostics: [] }
  const { workload } = facts
  const plan = read(gatewayPlan, key)
  const policies = policiesFor(read, workload.namespace, workload.labels)
  const shared: Shared = {
    read,
    proxyKey: key,
    workload,
    policies: policies.policies,
    filters: securityFilters(read, workload, policies, pod.origin('')),
    diagnostics: [...plan.diagnostics],
  }
  const planned = plan.listeners.flatMap((one) => listenerOf(shared, one) ?? [])
  const listeners = observed(read, facts.pod, 'outbound', planned)
  const identity = identityOf(read, workload)
  const vantage = vantageOf(read, { ...facts, labels: workload.labels })
  const routed = clustersFor(read, { kind: 'gateway', ...workload, vantage }, listeners)
  const clusters = withCollectors(read, facts.pod, ['outbound'], routed)
  const proxy: Proxy = {
    id: `gateway/${workload.namespace}/${workload.name}`,
    kind: 'gateway',
    workload,
    addresses: facts.addresses,
    ...(facts.locality === undefined ? {} : { locality: facts.locality }),
    listeners,
    clusters,
    ...(identity === undefined ? {} : { identity }),
    origin: pod.origin(''),
  }
  return { proxy, diagnostics: [...shared.diagnostics, ...refusals(clusters)] }
})
