// Every field of the model makes a difference to what an Envoy is told, or docs/engines.md says that it makes none. A new field does not
// compile until it has a row here.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  chain,
  cluster,
  endpoint,
  forward,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../../../test/engine/testing/model.ts'
import type { CertificateRef, TrustRef } from '../../../ir/certificate.ts'
import type {
  CircuitBreakers,
  Cluster,
  Endpoint,
  HealthCheck,
  LocalityWeight,
  OutlierDetection,
} from '../../../ir/cluster.ts'
import type { FilterChain, HttpLimits, HttpManager, Listener, TcpProxy } from '../../../ir/listener.ts'
import type { Locality } from '../../../ir/locality.ts'
import type { RouteMatch } from '../../../ir/match.ts'
import { istioProfile } from '../../../ir/profiles.ts'
import type {
  DirectResponse,
  Forward,
  Redirect,
  RetryPolicy,
  Route,
  RouteTable,
  VirtualHost,
} from '../../../ir/route.ts'
import type { DownstreamTls, PeerVerification, UpstreamTls } from '../../../ir/tls.ts'
import type { Tracing } from '../../../ir/tracing.ts'
import { createLowerer } from './lower.ts'

/** It says what something is, or where it came from: nothing for an Envoy. */
const NOT_CONFIGURATION = Symbol('not configuration')
/** `docs/engines.md` names the field and says what Envoy does instead. */
const DOCUMENTED = Symbol('documented')
/** Another value than in the base of each field. */
type Fields<T> = {
  readonly [K in keyof T]-?: NonNullable<T[K]> | typeof NOT_CONFIGURATION | typeof DOCUMENTED
}

const text = (listeners: readonly Listener[], clusters: readonly Cluster[] = []): string => {
  const lowered = createLowerer((host, port) => ({ host, port })).lower(proxy('p', listeners, clusters))
  const plain = (value: unknown): unknown =>
    value instanceof Map ? [...value].map(([k, v]) => [k, plain(v)]) : value
  return JSON.stringify(
    Object.entries(lowered).map(([type, all]) => [type, plain(all)]),
    (_, value) => plain(value),
  )
}

const ofListener = (one: Listener) => text([one])
const ofChain = (one: FilterChain) => ofListener(listener(80, [one]))
const ofManager = (one: HttpManager) => ofChain(chain(one))
const ofTable = (one: RouteTable) => ofManager(manager(one))
const ofHost = (one: VirtualHost) => ofTable(table(one))
const ofRoute = (one: Route) => ofHost(virtualHost(['h'], [one]))
const ofAction = (action: Route['action']) => ofRoute(route(action))
const ofCluster = (one: Cluster) => text([], [one])

const digest = (letter: string) => letter.repeat(64)
const certificate: CertificateRef = {
  name: 'c',
  chain: digest('a'),
  key: digest('b'),
  leaf: {} as CertificateRef['leaf'],
  origin: {},
}
const trust: TrustRef = { name: 't', roots: digest('c'), anchors: [], origin: {} }
const verify: PeerVerification = { trust }
const direct: DirectResponse = { kind: 'direct-response', status: 200 }
const app = forward('app') as Forward
const none: DownstreamTls = { certificates: [], alpn: [], clientCertificate: { mode: 'none' } }
const upstream: UpstreamTls = { verify, alpn: [] }
const tcp: TcpProxy = { kind: 'tcp', statPrefix: 't', clusters: [{ cluster: 'app', weight: 1 }] }
const retry: RetryPolicy = { attempts: 1, on: ['5xx'] }
const outlier: OutlierDetection = { intervalMs: 1, baseEjectionMs: 1, maxEjectionPercent: 1 }
const check: HealthCheck = {
  kind: 'tcp',
  intervalMs: 1,
  timeoutMs: 1,
  healthyThreshold: 1,
  unhealthyThreshold: 1,
}
const tracing: Tracing = {
  side: 'inbound',
  samplePercent: 7,
  tags: [],
  maxPathLength: 256,
  collector: { cluster: 'c', host: 'h', path: '/v1/traces', timeoutMs: 7, headers: [], service: 's' },
}
const set = { request: { set: [['x-a', 'b']] } } as const

function fields<T extends object>(name: string, base: T, lower: (value: T) => string, all: Fields<T>): void {
  const guide = readFileSync('docs/engines.md', 'utf8')
  describe(name, () => {
    const before = lower(base)
    for (const [field, value] of Object.entries(all)) {
      if (value === NOT_CONFIGURATION) continue
      it(field, () => {
        if (value === DOCUMENTED) expect(guide).toContain(`\`${field}\``)
        else expect(lower({ ...base, [field]: value })).not.toBe(before)
      })
    }
  })
}

describe('Envoy is told of', () => {
  fields<Listener>('Listener', listener(80, []), ofListener, {
    name: 'other',
    binds: [{ address: '127.0.0.2', port: 80 }],
    filterChains: [chain(tcp)],
    proxyProtocol: true,
    origin: NOT_CONFIGURATION,
  })
  fields<FilterChain>('FilterChain', chain(manager(table())), ofChain, {
    name: 'other',
    match: { transport: 'tls' },
    tls: none,
    handler: tcp,
    refuse: { reason: 'SP0203', message: 'no' },
    origin: NOT_CONFIGURATION,
  })
  fields<TcpProxy>('TcpProxy', tcp, (one) => ofChain(chain(one)), {
    kind: NOT_CONFIGURATION,
    statPrefix: 'other',
    clusters: [{ cluster: 'other', weight: 1 }],
    idleTimeoutMs: 7,
    policies: [{ action: 'deny', name: 'p', rules: [], origin: {} }] as never,
    connectionLog: 'off',
  })
  const plain = manager(table(), {
    accessLog: 'istio-text',
    reasonHeader: false,
    http2: true,
  })
  fields<HttpManager>('HttpManager', plain, (one) => ofChain(chain(one, { tls: none })), {
    kind: NOT_CONFIGURATION,
    statPrefix: 'other',
    routes: { name: 'other', virtualHosts: [], origin: {} },
    filters: [{ kind: 'body-limit', config: { bytes: 7 }, origin: {} }],
    profile: 'alb',
    server: { mode: 'pass-through' },
    forwardClientCert: { mode: 'forward-only', details: [] },
    clientAddress: { useRemoteAddress: false, trustedHops: 1 },
    path: 'none',
    upgrades: ['other'],
    http2: false,
    limits: { ...istioProfile.limits, maxHeaders: 7 },
    accessLog: 'istio-json',
    accessLogFilter: 'response.code >= 400',
    tracing,
    misdirected: 421,
    forwardProxy: DOCUMENTED,
    reasonHeader: true,
  })
  it('the scheme of the connection at an ALB that ends TLS, and nowhere else', () => {
    const told = (profile: HttpManager['profile'], tls?: DownstreamTls) =>
      ofChain(chain(manager(table(), { profile }), tls ? { tls } : {})).includes('scheme_to_overwrite')
    expect([told('alb', none), told('alb'), told('istio', none)]).toEqual([true, false, false])
  })
  fields<HttpLimits>('HttpLimits', istioProfile.limits, (limits) => ofManager(manager(table(), { limits })), {
    maxHeaderBytes: 7_777_777,
    maxHeaders: 7,
    requestHeadersTimeoutMs: 7,
    idleTimeoutMs: 7,
    streamIdleTimeoutMs: 7,
    maxRequestsPerConnection: 7,
    maxConcurrentStreams: 7,
  })
  fields<RouteTable>('RouteTable', table(), ofTable, {
    name: 'other',
    virtualHosts: [virtualHost(['h'], [])],
    fallback: direct,
    origin: NOT_CONFIGURATION,
  })
  fields<VirtualHost>('VirtualHost', virtualHost(['h'], []), ofHost, {
    name: 'other',
    domains: ['*.h'],
    routes: [route(app)],
    requireTls: { status: 301 },
    fallback: direct,
    headers: set,
    origin: NOT_CONFIGURATION,
  })
  fields<Route>('Route', route(app), ofRoute, {
    name: 'other',
    match: { path: { kind: 'exact', value: '/x' } },
    action: direct,
    filters: [{ kind: 'body-limit', config: { bytes: 7 }, origin: {} }],
    headers: set,
    origin: NOT_CONFIGURATION,
  })
  const any = { kind: 'present' } as const
  fields<RouteMatch>('RouteMatch', { path: { kind: 'any' } }, (match) => ofRoute(route(app, { match })), {
    path: { kind: 'regex', value: '/x' },
    method: { kind: 'exact', value: 'GET' },
    scheme: { kind: 'exact', value: 'http' },
    authority: { kind: 'exact', value: 'h' },
    headers: [{ name: 'x', match: any }],
    queryParameters: [{ name: 'x', match: any }],
    claims: [{ path: ['sub'], match: { kind: 'exact', value: 'x' } }] as never,
  })
  fields<Forward>('Forward', app, ofAction, {
    kind: NOT_CONFIGURATION,
    clusters: [{ cluster: 'other', weight: 1, origin: {} }],
    rewrite: { authority: 'x' },
    timeoutMs: 7,
    idleTimeoutMs: 7,
    retry,
    mirrors: [{ cluster: 'm', percent: 1 }],
    hash: [{ kind: 'source-ip' }],
  })
  fields<RetryPolicy>('RetryPolicy', retry, (one) => ofAction({ ...app, retry: one }), {
    attempts: 2,
    on: ['reset'],
    statusCodes: [500],
    perTryTimeoutMs: 7,
    backoffMs: 7,
    hostReselect: 7,
    otherPriorities: true,
  })
  fields<Redirect>('Redirect', { kind: 'redirect', status: 301 }, ofAction, {
    kind: NOT_CONFIGURATION,
    status: 308,
    scheme: 'https',
    authority: 'x',
    port: 7,
    path: { kind: 'replace-full', value: '/x' },
  })
  fields<DirectResponse>('DirectResponse', direct, ofAction, {
    kind: NOT_CONFIGURATION,
    status: 201,
    body: 'x',
    contentType: 'text/x',
  })
  fields<Cluster>('Cluster', cluster('app', [endpoint(1)]), ofCluster, {
    name: 'other',
    endpoints: [endpoint(2)],
    protocol: 'http2',
    balancing: { kind: 'maglev' },
    localityWeights: [],
    tls: { context: upstream, when: 'always' },
    connectTimeoutMs: 7,
    limits: { maxConnections: 7 },
    idleTimeoutMs: 7,
    maxIdle: DOCUMENTED,
    maxRequestsPerConnection: 7,
    maxConnectionDurationMs: 7,
    readTimeoutMs: DOCUMENTED,
    outlier,
    healthCheck: check,
    proxyProtocol: 'v1',
    // Both are answers of routes: see lower.test.ts.
    noEndpoints: NOT_CONFIGURATION,
    refuse: NOT_CONFIGURATION,
    passthrough: DOCUMENTED,
    origin: NOT_CONFIGURATION,
    service: NOT_CONFIGURATION,
  })
  fields<Endpoint>('Endpoint', endpoint(1), (one) => ofCluster(cluster('app', [one])), {
    address: '127.0.0.2',
    port: 2,
    weight: 7,
    healthy: false,
    locality: { region: 'r' },
    priority: 1,
    tlsMode: 'istio',
    workload: NOT_CONFIGURATION,
  })
  const placed = (locality: Locality) => ofCluster(cluster('app', [endpoint(1, { locality })]))
  fields<Locality>('Locality', { region: 'r' }, placed, { region: 's', zone: 'z', subzone: 'u' })
  const weighted = (weight: LocalityWeight) =>
    ofCluster(
      cluster(
        'app',
        [endpoint(1, { locality: { region: 'r' } }), endpoint(2, { locality: { region: 's' } })],
        {
          localityWeights: [weight],
        },
      ),
    )
  fields<LocalityWeight>('LocalityWeight', { locality: { region: 'r' }, weight: 7 }, weighted, {
    locality: { region: 's' },
    weight: 8,
  })
  fields<CircuitBreakers>('CircuitBreakers', {}, (limits) => ofCluster(cluster('app', [], { limits })), {
    maxConnections: 7,
    maxPendingRequests: 7,
    maxRequests: 7,
    maxRetries: 7,
    retryBudget: { percent: 7, minConcurrency: 7 },
  })
  fields<OutlierDetection>(
    'OutlierDetection',
    outlier,
    (one) => ofCluster(cluster('app', [], { outlier: one })),
    {
      consecutive5xx: 7,
      consecutiveGatewayErrors: 7,
      intervalMs: 7,
      baseEjectionMs: 7,
      maxEjectionPercent: 7,
      minHealthPercent: 7,
    },
  )
  fields<HealthCheck>(
    'HealthCheck',
    { ...check, kind: 'http' },
    (one) => ofCluster(cluster('app', [], { healthCheck: one })),
    {
      kind: 'tcp',
      path: '/x',
      intervalMs: 7,
      timeoutMs: 7,
      healthyThreshold: 7,
      unhealthyThreshold: 7,
    },
  )
  fields<DownstreamTls>('DownstreamTls', none, (tls) => ofChain(chain(tcp, { tls })), {
    certificates: [certificate],
    alpn: ['h2'],
    clientCertificate: { mode: 'require', verify },
    minVersion: '1.2',
    maxVersion: '1.2',
    cipherSuites: ['x'],
    handshakeTimeoutMs: 7,
  })
  const ofUpstream = (context: UpstreamTls) =>
    ofCluster(cluster('app', [], { tls: { context, when: 'always' } }))
  fields<UpstreamTls>('UpstreamTls', upstream, ofUpstream, {
    sni: { from: 'host' },
    verify: 'off',
    verifyHost: true,
    certificate,
    alpn: ['h2'],
    minVersion: '1.2',
    maxVersion: '1.2',
    cipherSuites: ['x'],
  })
  fields<PeerVerification>('PeerVerification', verify, (one) => ofUpstream({ ...upstream, verify: one }), {
    trust: { ...trust, crl: digest('d') },
    names: [{ kind: 'dns', value: 'x' }],
    depth: 1,
    fingerprints: [digest('e')],
    spki: [`${'A'.repeat(43)}=`],
  })
})
