// An outbound cluster as one client sees it: the endpoints of a service port, the traffic policy, and mutual TLS where the endpoint takes it.
import type { Cluster } from '../../ir/cluster.ts'
import type { UpstreamTls } from '../../ir/tls.ts'
import type { ClientTls, PortPolicy } from '../../resources/destination-rule.ts'
import type { ServicePort } from '../../resources/service.ts'
import { readMesh } from '../graph/inputs.ts'
import { joinKey, query, type Read, splitKey } from '../graph/query.ts'
import { namespaceMode } from '../security/peer-authentication.ts'
import { meshConfig } from '../telemetry/mesh-config.ts'
import { errorText } from '../text.ts'
import { modelEndpoint, type ServiceEndpoint, serviceEndpoints } from '../workload/endpoints.ts'
import { protocolOf, type ServiceFacts, serviceFacts, serviceKeyOfHost } from '../workload/services.ts'
import { type ClusterTls, clientTls } from './client-tls.ts'
import { type HostPolicy, policyFor } from './destination-rules.ts'
import { identityOf, spiffeOf } from './identity.ts'
import { place, type Vantage } from './locality/place.ts'
import { type LocalityRule, localityRule } from './locality/rule.ts'
import { clusterSettings, forPort, overlay } from './policy.ts'

/** Who calls: decides the rules that apply and the certificate presented. */
interface Caller {
  readonly kind: 'gateway' | 'sidecar'
  readonly namespace: string
  readonly serviceAccount: string
}

/** A caller somewhere: decides which endpoints come first. */
export interface Client extends Caller {
  readonly vantage: Vantage
}

/** A cluster before anybody looks at it from somewhere. */
interface Unplaced {
  readonly cluster: Cluster
  readonly endpoints: readonly ServiceEndpoint[]
  /** Absent: all its endpoints are alike, from wherever they are seen. */
  readonly rule?: LocalityRule
}

const HTTP_ALPN = ['istio-http/1.1', 'istio', 'http/1.1']
const HTTP2_ALPN = ['istio-h2', 'istio', 'h2']
const TCP_ALPN = ['istio-peer-exchange', 'istio']

function protocolFor(port: ServicePort, policy: PortPolicy): Cluster['protocol'] {
  const http = policy.connectionPool?.http
  if (http?.useClientProtocol === true) return 'downstream'
  if (http?.h2UpgradePolicy === 'UPGRADE') return 'http2'
  const protocol = protocolOf(port)
  if (protocol === 'http2') return 'http2'
  return protocol === 'tcp' || protocol === 'tls' ? 'tcp' : 'http1'
}

/** Istio's mutual TLS to a service: SNI names the cluster, the peer must be one of the service's accounts (istio.md 4). */
function istioMutual(
  read: Read,
  client: Caller,
  protocol: Cluster['protocol'],
  endpoints: readonly ServiceEndpoint[],
  sni: string,
): UpstreamTls | undefined {
  const { trustDomain, trust } = readMesh(read)
  const identity = identityOf(read, client)
  if (identity === undefined) return undefined
  const accounts = endpoints.flatMap((one) =>
    one.serviceAccount === undefined || one.workload === undefined
      ? []
      : spiffeOf(trustDomain, one.workload.namespace, one.serviceAccount),
  )
  const names = [...new Set(accounts)].sort()
  return {
    sni,
    certificate: identity.certificate,
    verify: {
      trust,
      names:
        names.length > 0
          ? names.map((value) => ({ kind: 'literal', value }))
          : [{ kind: 'uri-prefix', value: `spiffe://${trustDomain}/` }],
    },
    alpn: protocol === 'tcp' ? TCP_ALPN : protocol === 'http2' ? HTTP2_ALPN : HTTP_ALPN,
    minVersion: '1.2',
  }
}

const noIdentity = (client: Caller): ClusterTls => ({
  refuse: {
    reason: 'SP0206',
    message: `No mesh certificate has been issued for service account ${client.namespace}/${client.serviceAccount} yet.`,
  },
})

function tlsFor(
  read: Read,
  client: Caller,
  rule: ClientTls | undefined,
  service: ServiceFacts,
  protocol: Cluster['protocol'],
  endpoints: readonly ServiceEndpoint[],
  sni: string,
): ClusterTls {
  const mutual = (when: 'always' | 'endpoint-istio', name = sni): ClusterTls => {
    const context = istioMutual(read, client, protocol, endpoints, name)
    return context === undefined ? noIdentity(client) : { tls: { context, when } }
  }
  if (rule !== undefined && rule.mode === 'ISTIO_MUTUAL') return mutual('always', rule.sni ?? sni)
  if (rule !== undefined) return clientTls(read, client, rule, protocol)
  if (!endpoints.some((one) => one.tlsMode === 'istio')) return {}
  if (namespaceMode(read, service.namespace) === 'DISABLE') return {}
  return mutual('endpoint-istio')
}

const hasLabels = (endpoint: ServiceEndpoint, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([name, value]) => endpoint.labels[name] === value)

/** Where the TLS of a rule was written: in the subset if that has any, else in the rule's own policy. */
function tlsOrigin(known: HostPolicy, subsetName: string): Cluster['origin'] {
  const subset = known.subsets.get(subsetName)
  if (subset?.subset.trafficPolicy?.tls !== undefined)
    return subset.rule.origin(`${subset.field}.trafficPolicy.tls`)
  return known.policyRule?.origin('spec.trafficPolicy.tls') ?? {}
}

function compile(read: Read, key: string): Unplaced | undefined {
  const [kind, namespace, serviceAccount, name] = splitKey(key)
  const client: Caller = { kind: kind === 'gateway' ? 'gateway' : 'sidecar', namespace, serviceAccount }
  const [, portText = '', subsetName = '', host = ''] = name.split('|')
  const serviceKey = serviceKeyOfHost(read, host)
  const service = serviceKey === undefined ? undefined : read(serviceFacts, serviceKey)
  const port = service?.ports.find((one) => one.port === Number(portText))
  if (serviceKey === undefined || service === undefined || port === undefined) return undefined
  const known = policyFor(read, namespace, host)
  const subset = known.subsets.get(subsetName)
  if (subsetName !== '' && subset === undefined) return undefined
  const policy = overlay(forPort(known.policy, port.port), forPort(subset?.subset.trafficPolicy, port.port))
  const labels = subset?.subset.labels ?? {}
  const endpoints = read(serviceEndpoints, joinKey(serviceKey, port.name ?? '')).filter((one) =>
    hasLabels(one, labels),
  )
  const protocol = protocolFor(port, policy)
  const sni = `outbound_.${port.port}_.${subsetName}_.${host}`
  const tls = tlsFor(read, client, policy.tls, service, protocol, endpoints, sni)
  const mesh = read(meshConfig, '').config.localityLbSetting
  const rule = localityRule(policy, service.trafficDistribution, mesh)
  const cluster: Cluster = {
    name,
    endpoints: endpoints.map(modelEndpoint),
    protocol,
    ...clusterSettings(policy),
    ...tls,
    origin:
      'refuse' in tls && policy.tls !== undefined
        ? tlsOrigin(known, subsetName)
        : subset === undefined
          ? service.origin
          : subset.rule.origin(subset.field),
    service: { name: service.name, namespace: service.namespace, host },
  }
  return { cluster, endpoints, ...(rule === undefined ? {} : { rule }) }
}

function refused(name: string, error: unknown): Cluster {
  return {
    name,
    endpoints: [],
    protocol: 'http1',
    balancing: { kind: 'least-request' },
    connectTimeoutMs: 10_000,
    refuse: { reason: 'SP0105', message: `Cluster ${name}: ${errorText(error)}` },
    origin: {},
  }
}

const clusterQuery = query<Unplaced | undefined>('outbound-cluster', compile, (error, _read, key) => ({
  cluster: refused(splitKey(key)[3], error),
  endpoints: [],
}))

/** Keyed by JSON `[key of the cluster, vantage]`: clients that stand alike share it. */
const placedCluster = query<Cluster | undefined>(
  'placed-cluster',
  (read, text) => {
    const [key, vantage] = JSON.parse(text) as [string, Vantage]
    const unplaced = read(clusterQuery, key)
    if (unplaced?.rule === undefined) return unplaced?.cluster
    const { endpoints, localityWeights } = place(unplaced.endpoints, unplaced.rule, vantage)
    return {
      ...unplaced.cluster,
      endpoints: endpoints.map(modelEndpoint),
      ...(localityWeights === undefined ? {} : { localityWeights }),
    }
  },
  (error, _read, text) => refused(splitKey((JSON.parse(text) as [string])[0])[3], error),
)

/** The cluster with an `outbound|port|subset|host` name for a client; undefined when there is no such service, port or subset (503 NC). */
export function outboundClusterFor(read: Read, client: Client, name: string): Cluster | undefined {
  const key = joinKey(client.kind, client.namespace, client.serviceAccount, name)
  const unplaced = read(clusterQuery, key)
  return unplaced?.rule === undefined
    ? unplaced?.cluster
    : read(placedCluster, JSON.stringify([key, client.vantage]))
}
