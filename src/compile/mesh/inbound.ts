// A sidecar's inbound side: a listener per port of its pod, with the chains that the mutual TLS mode of the port allows (istio.md 4).

import type { Origin } from '../../diagnostics/origin.ts'
import type { Cluster } from '../../ir/cluster.ts'
import type { Filter } from '../../ir/filter.ts'
import type { FilterChain, HttpManager, Listener, TcpProxy } from '../../ir/listener.ts'
import type { PolicySet } from '../../ir/policy.ts'
import { istioProfile } from '../../ir/profiles.ts'
import type { DownstreamTls } from '../../ir/tls.ts'
import { readMesh } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import type { WorkloadPolicies } from '../security/authorization.ts'
import { securityFilters } from '../security/filters.ts'
import { type EffectiveMode, effectiveMode } from '../security/peer-authentication.ts'
import { tcpPolicies } from '../security/tcp.ts'
import { type PodFacts, selects } from '../workload/pod-facts.ts'
import { type Protocol, protocolOf, serviceFacts, servicesIn, targetPortOf } from '../workload/services.ts'
import { identityOf } from './identity.ts'

const HTTP_ALPN = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2']
const TCP_ALPN = ['istio', 'istio-peer-exchange']

/** The ports of a pod, from its containers and from the Services that select it, each with its protocol. */
export function inboundPorts(read: Read, pod: PodFacts): ReadonlyMap<number, Protocol> {
  const ports = new Map<number, Protocol>()
  for (const key of read(servicesIn, pod.namespace)) {
    const service = read(serviceFacts, key)
    if (service?.selector === undefined || !selects(service.selector, pod.labels)) continue
    for (const port of service.ports) {
      const target = targetPortOf(port, pod.ports)
      if (target !== undefined && !ports.has(target)) ports.set(target, protocolOf(port))
    }
  }
  for (const port of pod.ports) if (!ports.has(port.port)) ports.set(port.port, protocolOf(port))
  return new Map([...ports].sort(([a], [b]) => a - b))
}

/** The Service whose port leads to a port of the pod; the first by name where there are several. */
function serviceAt(read: Read, pod: PodFacts, port: number): Cluster['service'] {
  for (const key of read(servicesIn, pod.namespace)) {
    const service = read(serviceFacts, key)
    if (service?.selector === undefined || !selects(service.selector, pod.labels)) continue
    const { name, namespace, host } = service
    if (service.ports.some((one) => targetPortOf(one, pod.ports) === port)) return { name, namespace, host }
  }
  return undefined
}

type Handler = HttpManager | TcpProxy

/** The two ways to handle a port: chains of one listener share them. */
interface Handlers {
  readonly http: HttpManager
  readonly tcp: TcpProxy
}

interface Inbound {
  readonly read: Read
  readonly pod: PodFacts
  readonly policies: PolicySet
  readonly filters: readonly Filter[]
  readonly origin: Origin
}

const clusterName = (port: number): string => `inbound|${port}||`

function httpHandler({ filters, origin }: Inbound, port: number): HttpManager {
  const cluster = clusterName(port)
  return {
    ...istioProfile,
    statPrefix: `inbound_0.0.0.0_${port}`,
    server: { mode: 'overwrite', value: 'istio-envoy' },
    forwardClientCert: { mode: 'append-forward', details: ['subject', 'dns', 'uri'] },
    clientAddress: { useRemoteAddress: false, trustedHops: 0 },
    ...(filters.length === 0 ? {} : { filters }),
    routes: {
      name: cluster,
      origin,
      virtualHosts: [
        {
          name: `inbound|http|${port}`,
          domains: ['*'],
          origin,
          routes: [
            {
              name: 'default',
              match: { path: { kind: 'any' } },
              action: {
                kind: 'forward',
                clusters: [{ cluster, weight: 1, origin }],
                retry: { attempts: 2, on: ['reset-before-request'] },
              },
              origin,
            },
          ],
        },
      ],
    },
  }
}

function tcpHandler({ policies }: Inbound, port: number): TcpProxy {
  const cluster = clusterName(port)
  return {
    kind: 'tcp',
    statPrefix: cluster,
    clusters: [{ cluster, weight: 1 }],
    ...(policies.length === 0 ? {} : { policies: tcpPolicies(policies) }),
  }
}

/** The server side of mesh TLS; without a certificate every handshake is refused. */
function meshTls({ read, pod }: Inbound, alpn: readonly string[]): Pick<FilterChain, 'tls' | 'refuse'> {
  const { trustDomain, trust } = readMesh(read)
  const identity = identityOf(read, pod)
  const tls: DownstreamTls = {
    certificates: identity === undefined ? [] : [identity.certificate],
    alpn,
    clientCertificate: {
      mode: 'require',
      verify: { trust, names: [{ kind: 'uri-prefix', value: `spiffe://${trustDomain}/` }] },
    },
    minVersion: '1.2',
  }
  if (identity !== undefined) return { tls }
  const message = `No mesh certificate has been issued for service account ${pod.namespace}/${pod.serviceAccount} yet.`
  return { tls, refuse: { reason: 'SP0206', message } }
}

type Part = Pick<FilterChain, 'name' | 'match' | 'handler'> & Partial<FilterChain>

/** What is terminated: by ALPN where the handler or the mode depends on it. */
function terminated(
  inbound: Inbound,
  handlers: Handlers,
  protocol: Protocol,
  strict: boolean,
): readonly Part[] {
  const part = (
    name: string,
    handler: Handler,
    server: readonly string[],
    alpn?: readonly string[],
  ): Part => ({
    name,
    match: { transport: 'tls', ...(alpn === undefined ? {} : { alpn }) },
    ...meshTls(inbound, server),
    handler,
  })
  const forHttp = ['h2', 'http/1.1']
  const forTcp = ['istio-peer-exchange', 'istio']
  const only = (alpn: readonly string[]): readonly string[] | undefined => (strict ? undefined : alpn)
  if (protocol === 'http' || protocol === 'http2')
    return [part('mtls', handlers.http, forHttp, only([...HTTP_ALPN, ...TCP_ALPN]))]
  if (protocol === 'tcp' || protocol === 'tls')
    return [part('mtls', handlers.tcp, forTcp, only([...HTTP_ALPN, ...TCP_ALPN]))]
  return [
    part('mtls-http', handlers.http, forHttp, HTTP_ALPN),
    part('mtls-tcp', handlers.tcp, forTcp, only(TCP_ALPN)),
  ]
}

/** What is taken without mutual TLS. */
function open(handlers: Handlers, protocol: Protocol, mode: EffectiveMode['mode']): readonly Part[] {
  const isHttp = protocol === 'http' || protocol === 'http2'
  const handler = isHttp ? handlers.http : handlers.tcp
  if (mode === 'DISABLE') return [{ name: 'plaintext', match: {}, handler }]
  return [
    ...(isHttp ? [] : [{ name: 'tls', match: { transport: 'tls' as const }, handler }]),
    { name: 'plaintext', match: { transport: 'plaintext' }, handler },
  ]
}

function chainsFor(
  inbound: Inbound,
  port: number,
  protocol: Protocol,
  { mode, origin = inbound.origin }: EffectiveMode,
): readonly FilterChain[] {
  const handlers: Handlers = { http: httpHandler(inbound, port), tcp: tcpHandler(inbound, port) }
  const parts = [
    ...(mode === 'DISABLE' ? [] : terminated(inbound, handlers, protocol, mode === 'STRICT')),
    ...(mode === 'STRICT' ? [] : open(handlers, protocol, mode)),
  ]
  return parts.map((part) => ({ ...part, origin }))
}

const named = (service: Cluster['service']): Pick<Cluster, 'service'> =>
  service === undefined ? {} : { service }

export interface InboundSide {
  readonly listeners: readonly Listener[]
  readonly clusters: readonly Cluster[]
}

/** Listeners on the pod's addresses and the clusters that lead to its program. */
export function inboundSide(
  read: Read,
  pod: PodFacts,
  workload: WorkloadPolicies,
  origin: Origin,
): InboundSide {
  const filters = securityFilters(read, pod, workload, origin)
  const inbound: Inbound = { read, pod, policies: workload.policies, filters, origin }
  const ports = [...inboundPorts(read, pod)]
  return {
    listeners: ports.map(([port, protocol]) => ({
      name: `inbound_${port}`,
      binds: pod.addresses.map((address) => ({ address, port })),
      filterChains: chainsFor(inbound, port, protocol, effectiveMode(read, pod.namespace, pod.labels, port)),
      origin,
    })),
    clusters: ports.map(([port, protocol]) => ({
      ...named(serviceAt(read, pod, port)),
      name: clusterName(port),
      endpoints: [{ address: pod.appAddress ?? '127.0.0.1', port, healthy: true }],
      protocol:
        protocol === 'http'
          ? 'http1'
          : protocol === 'http2'
            ? 'http2'
            : protocol === 'auto'
              ? 'downstream'
              : 'tcp',
      balancing: { kind: 'round-robin' },
      connectTimeoutMs: 10_000,
      origin,
    })),
  }
}
