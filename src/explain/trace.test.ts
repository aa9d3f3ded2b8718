// The article's chain built by hand: the walk through three doors, and each way in which a door stays shut.

import { describe, expect, it } from 'vitest'
import type { CertificateFacts, CertificateRef, TrustRef } from '../ir/certificate.ts'
import type { HttpManager } from '../ir/listener.ts'
import type { Model, Proxy } from '../ir/proxy.ts'
import type { Route } from '../ir/route.ts'
import { HeaderLines } from './header-lines.ts'
import type { TraceRequest } from './hop.ts'
import { renderTrace } from './render-trace.ts'
import { trace } from './trace.ts'

const NOW = 1_000_000_000_000
const DAY = 86_400_000

const facts = (name: string, extra: Partial<CertificateFacts> = {}): CertificateFacts => ({
  subject: `CN=${name}`,
  commonName: name,
  issuer: 'CN=root',
  sans: { dns: [name, `*.${name}`], uri: [], ip: [], email: [] },
  notBefore: NOW - DAY,
  notAfter: NOW + 50 * DAY,
  isCa: false,
  selfSigned: false,
  extendedKeyUsage: ['serverAuth', 'clientAuth'],
  serial: '01',
  fingerprint: `fp-${name}`,
  spki: `spki-${name}`,
  keyType: 'EC P-256',
  ...extra,
})
const root = facts('root', { subject: 'CN=root', isCa: true, selfSigned: true })
const meshRoot = facts('mesh', { subject: 'CN=mesh', issuer: 'CN=mesh', isCa: true, selfSigned: true })
const svid = (account: string) =>
  facts(account, {
    issuer: 'CN=mesh',
    sans: { dns: [], uri: [`spiffe://cluster.local/ns/${account}`], ip: [], email: [] },
  })
const ref = (leaf: CertificateFacts): CertificateRef => ({
  name: leaf.subject,
  chain: leaf.fingerprint,
  key: `key-${leaf.fingerprint}`,
  leaf,
  origin: {},
})
const trustOf = (...anchors: CertificateFacts[]): TrustRef => ({
  name: 'anchors',
  roots: anchors.map((a) => a.fingerprint).join(),
  anchors,
  origin: {},
})

const manager = (
  profile: 'alb' | 'istio',
  name: string,
  domains: readonly string[],
  routes: readonly Route[],
): HttpManager => ({
  kind: 'http',
  statPrefix: name,
  routes: { name, origin: {}, virtualHosts: [{ name: domains[0] ?? '', domains, routes, origin: {} }] },
  profile,
  server: { mode: 'remove' },
  forwardClientCert: { mode: 'sanitize-set', details: ['subject', 'uri', 'dns'] },
  clientAddress: { useRemoteAddress: true, trustedHops: 0 },
  path: 'base',
  upgrades: [],
  limits: {
    maxHeaderBytes: 0,
    maxHeaders: 0,
    requestHeadersTimeoutMs: 0,
    idleTimeoutMs: 0,
    streamIdleTimeoutMs: 0,
    maxRequestsPerConnection: 0,
    maxConcurrentStreams: 0,
  },
  accessLog: 'off',
})
const forwardTo = (cluster: string, prefix = '/status', extra: Partial<Route> = {}): Route => ({
  name: `to-${cluster}`,
  match: { path: { kind: 'prefix', value: prefix } },
  action: { kind: 'forward', clusters: [{ cluster, weight: 1, origin: {} }] },
  origin: { object: { apiVersion: 'v1', kind: 'Route', name: cluster }, file: 'in.yaml', line: 7 },
  ...extra,
})
const workload = (name: string) => ({ namespace: 'ns', name, serviceAccount: name, labels: {} })

interface Options {
  readonly albCertificate?: CertificateFacts
  readonly sni?: string
  readonly gatewayRoute?: Route
}

/** ALB 127.9.1.1, gateway 127.9.1.2 (pod 127.9.64.2:8443), sidecar 127.9.64.3:80 before the application at 127.9.128.3:80. */
function article({
  albCertificate = facts('alb.test'),
  sni = 'gw.test',
  gatewayRoute = forwardTo('httpbin'),
}: Options = {}): Model {
  const alb: Proxy = {
    id: 'alb/one',
    kind: 'alb',
    workload: workload('alb'),
    addresses: ['127.9.64.1'],
    origin: {},
    listeners: [
      {
        name: 'https',
        origin: {},
        binds: [{ address: '127.9.1.1', port: 443 }],
        filterChains: [
          {
            name: 'alb.test',
            origin: {},
            match: { serverNames: ['httpbin.alb.test'] },
            tls: {
              certificates: [ref(facts('alb.test'))],
              alpn: ['http/1.1'],
              clientCertificate: { mode: 'none' },
            },
            handler: manager('alb', 'alb', ['httpbin.alb.test'], [forwardTo('gateway')]),
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'gateway',
        protocol: 'http1',
        origin: {},
        balancing: { kind: 'round-robin' },
        connectTimeoutMs: 1000,
        endpoints: [{ address: '127.9.64.2', port: 8443, healthy: true }],
        tls: {
          when: 'always',
          context: {
            sni,
            alpn: [],
            certificate: ref(albCertificate),
            verify: { trust: trustOf(root), names: [{ kind: 'dns', value: 'gw.test' }], depth: 5 },
          },
        },
      },
    ],
  }
  const gateway: Proxy = {
    id: 'gateway/istio-system/istio-ingressgateway',
    kind: 'gateway',
    workload: workload('gateway'),
    addresses: ['127.9.64.2'],
    origin: {},
    listeners: [
      {
        name: '0.0.0.0_8443',
        origin: {},
        binds: [
          { address: '127.9.64.2', port: 8443 },
          { address: '127.9.1.2', port: 443 },
        ],
        filterChains: [
          {
            name: 'gw',
            origin: {},
            match: { serverNames: ['gw.test', 'httpbin.alb.test'] },
            tls: {
              certificates: [ref(facts('gw.test'))],
              alpn: ['h2', 'http/1.1'],
              clientCertificate: { mode: 'require', verify: { trust: trustOf(root) } },
            },
            handler: manager('istio', 'https.443', ['gw.test', 'httpbin.alb.test'], [gatewayRoute]),
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'httpbin',
        protocol: 'http1',
        origin: {},
        balancing: { kind: 'least-request' },
        connectTimeoutMs: 1000,
        endpoints: [{ address: '127.9.64.3', port: 80, healthy: true, tlsMode: 'istio' }],
        tls: {
          when: 'endpoint-istio',
          context: {
            sni: 'outbound_.8000_._.httpbin',
            alpn: ['istio'],
            certificate: ref(svid('istio-system/sa/gateway')),
            verify: {
              trust: trustOf(meshRoot),
              names: [{ kind: 'literal', value: 'spiffe://cluster.local/ns/httptools/sa/httpbin' }],
            },
          },
        },
      },
    ],
  }
  const sidecar: Proxy = {
    id: 'sidecar/httptools/httpbin-1',
    kind: 'sidecar',
    workload: workload('httpbin'),
    addresses: ['127.9.64.3'],
    origin: {},
    listeners: [
      {
        name: 'inbound',
        origin: {},
        binds: [{ address: '127.9.64.3', port: 80 }],
        filterChains: [
          {
            name: 'strict',
            origin: {},
            match: { transport: 'tls' },
            tls: {
              certificates: [ref(svid('httptools/sa/httpbin'))],
              alpn: ['istio'],
              clientCertificate: { mode: 'require', verify: { trust: trustOf(meshRoot) } },
            },
            handler: manager('istio', 'inbound', ['*'], [forwardTo('inbound|80||', '/')]),
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'inbound|80||',
        protocol: 'http1',
        origin: {},
        balancing: { kind: 'round-robin' },
        connectTimeoutMs: 1000,
        endpoints: [{ address: '127.9.128.3', port: 80, healthy: true }],
      },
    ],
  }
  return { proxies: [alb, gateway, sidecar] }
}

const names: Readonly<Record<string, string>> = { 'httpbin.alb.test': '127.9.1.1', 'gw.test': '127.9.1.2' }
const run = (model: Model, extra: Partial<TraceRequest> = {}) =>
  trace(
    {
      method: 'GET',
      scheme: 'https',
      host: 'httpbin.alb.test',
      port: 443,
      target: '/status/418',
      headers: new HeaderLines(),
      clientChain: [],
      trust: [root],
      sourceIp: '127.0.0.1',
      ...extra,
    },
    { model, now: NOW, resolve: (name) => names[name] },
  )

describe('trace', () => {
  it('walks the article through both doors to the application', () => {
    const result = run(article())
    expect(result.outcome).toMatchObject({ kind: 'upstream', ok: true, hop: 2, endpoint: '127.9.128.3:80' })
    expect(result.hops.map(({ proxy, upstream }) => [proxy.kind, upstream?.tls])).toEqual([
      ['alb', 'mutual'],
      ['gateway', 'mutual'],
      ['sidecar', 'none'],
    ])
    expect(result.hops[1]?.tls).toMatchObject({
      sni: 'gw.test',
      ok: true,
      client: { asked: 'required', given: { subject: 'CN=alb.test' } },
    })
    expect(result.hops[2]?.tls?.server).toContain('verified by CN=mesh')
    const text = renderTrace(result, NOW)
    expect(text).toContain('✓ 1  alb/one  127.9.1.1:443')
    expect(text).toContain('(in.yaml:7)')
    expect(text).toContain('answered by the application at 127.9.128.3:80')
  })

  it('lets a client with the ALB certificate in at the gateway and keeps one without out', () => {
    expect(run(article(), { host: 'gw.test', clientChain: [facts('alb.test')] }).outcome).toMatchObject({
      ok: true,
      kind: 'upstream',
    })
    const refused = run(article(), { host: 'gw.test' })
    expect(refused.outcome).toMatchObject({
      kind: 'handshake',
      ok: false,
      hop: 0,
      summary: expect.stringContaining('no certificate was presented'),
    })
    expect(refused.outcome.advice).toContain('--cert')
    expect(
      run(article(), { host: 'gw.test', clientChain: [facts('x', { issuer: 'CN=other' })] }).outcome.summary,
    ).toContain('does not lead to an anchor')
  })

  it('says what a certificate without clientAuth does to the second door', () => {
    const { outcome } = run(
      article({ albCertificate: facts('alb.test', { extendedKeyUsage: ['serverAuth'] }) }),
    )
    expect(outcome).toMatchObject({ kind: 'handshake', status: 502, hop: 1 })
    expect(outcome.summary).toContain('lacks the extended key usage clientAuth')
  })

  it('names the chain that is missing when the SNI is not served', () => {
    const { outcome, hops } = run(article({ sni: 'elsewhere.test' }))
    expect(outcome).toMatchObject({ kind: 'handshake', flag: 'NR', hop: 1, status: 502 })
    expect(outcome.summary).toContain('SNI elsewhere.test')
    expect(hops).toHaveLength(2)
  })

  it('shows the nearest route of a 404', () => {
    const { outcome } = run(article(), { target: '/headers' })
    expect(outcome).toMatchObject({ kind: 'proxy', status: 404, flag: 'NR', hop: 0 })
    expect(outcome.advice).toContain('path prefix "/status"')
  })

  it('refuses plaintext to a STRICT pod and straight TLS without a mesh certificate', () => {
    expect(run(article(), { scheme: 'http', host: '127.9.64.3', port: 80 }).outcome).toMatchObject({
      kind: 'handshake',
      flag: 'NR',
    })
    expect(
      run(article(), { scheme: 'https', host: '127.9.64.3', port: 80, trust: 'any' }).outcome,
    ).toMatchObject({ kind: 'handshake', ok: false })
  })

  it('reports the decision of a policy with its rule', () => {
    const policies = [
      {
        name: 'ns[httptools]-policy[pin]',
        action: 'allow' as const,
        origin: {},
        rules: [
          {
            origin: { field: 'spec.rules[0]' },
            principals: {
              kind: 'match' as const,
              attribute: { of: 'header' as const, name: 'x-forwarded-client-cert' },
              match: { kind: 'suffix' as const, value: 'DNS=*.alb.test' },
            },
            permissions: { kind: 'all' as const, of: [] },
          },
        ],
      },
    ]
    const gatewayRoute = forwardTo('httpbin', '/status', {
      filters: [{ kind: 'rbac', config: { policies }, origin: {} }],
    })
    expect(run(article({ gatewayRoute })).outcome.ok).toBe(true)
    const other = run(article({ gatewayRoute }), { host: 'gw.test', clientChain: [facts('other.test')] })
    expect(other.outcome).toMatchObject({ status: 403, hop: 0 })
    expect(other.hops[0]?.policies[0]?.because).toContain('no rule of the ALLOW policies matches')
  })

  it('does not resolve what is no name of the cluster', () => {
    expect(run(article(), { host: 'nowhere.test' }).outcome).toMatchObject({ kind: 'unreachable', hop: -1 })
  })
})
