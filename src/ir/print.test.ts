import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Listener } from './listener.ts'
import { predicateText } from './policy-text.ts'
import { printModel } from './print.ts'
import { albProfile, istioRetry } from './profiles.ts'
import type { Proxy } from './proxy.ts'
import type { VirtualHost } from './route.ts'
import { validateModel } from './validate.ts'

const origin = { object: { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name: 'b' } }
const host: VirtualHost = {
  name: 'h',
  domains: ['h.example'],
  origin,
  routes: [
    {
      name: 'r',
      match: { path: { kind: 'prefix', value: '/a' } },
      action: { kind: 'forward', clusters: [{ cluster: 'c', weight: 1, origin }], retry: istioRetry },
      origin,
    },
  ],
}
const listener = (port: number): Listener => ({
  name: `l${port}`,
  binds: [{ address: '192.0.2.1', port }],
  origin,
  filterChains: [
    {
      name: 'http',
      match: {},
      origin,
      handler: {
        ...albProfile,
        statPrefix: 's',
        server: { mode: 'remove' },
        forwardClientCert: { mode: 'sanitize', details: [] },
        clientAddress: { useRemoteAddress: true, trustedHops: 0 },
        routes: { name: 't', virtualHosts: [host], origin },
      },
    },
  ],
})
const proxy: Proxy = {
  id: 'alb/a',
  kind: 'alb',
  workload: { namespace: 'a', name: 'b', serviceAccount: 'c', labels: {} },
  addresses: ['192.0.2.1'],
  listeners: [listener(80), listener(81)],
  clusters: [
    {
      name: 'c',
      endpoints: [{ address: '192.0.2.2', port: 1, healthy: true, tlsMode: 'istio' }],
      protocol: 'http1',
      balancing: { kind: 'round-robin' },
      connectTimeoutMs: 1,
      origin,
    },
  ],
  origin,
}

describe('printModel', () => {
  it('leaves defaults out, names places, and prints what is shared once', () => {
    const text = printModel({ proxies: [proxy] })
    expect(text).not.toMatch(/limits|statPrefix|retry|accessLog/)
    expect(text).toContain('192.0.2.2:1 istio')
    expect(text).toContain('origin: Pod a/b')
    expect(text.match(/name: r$/gm)).toHaveLength(1)
    expect(text).toBe(printModel({ proxies: [structuredClone(proxy)] }))
  })
  it('is YAML, a document per proxy', () => {
    const documents = parseAllDocuments(printModel({ proxies: [proxy, { ...proxy, id: 'alb/b' }] }))
    expect(documents.map((document) => (document.toJS() as { proxy: string }).proxy)).toEqual([
      'alb/a',
      'alb/b',
    ])
  })
})

describe('validateModel', () => {
  it('has nothing to say of a good model', () => expect(validateModel({ proxies: [proxy] })).toEqual([]))
  it.each<[string, Proxy]>([
    ['bind', { ...proxy, listeners: [listener(80), { ...listener(80), name: 'other' }] }],
    ['two listeners are named', { ...proxy, listeners: [listener(80), { ...listener(81), name: 'l80' }] }],
    ['two clusters are named', { ...proxy, clusters: [...proxy.clusters, ...proxy.clusters] }],
    [
      'two chains match',
      {
        ...proxy,
        listeners: [
          {
            ...listener(80),
            filterChains: [
              ...listener(80).filterChains,
              ...listener(80).filterChains.map((one) => ({ ...one, name: 'b' })),
            ],
          },
        ],
      },
    ],
    [
      'TLS without a certificate',
      {
        ...proxy,
        listeners: [
          {
            ...listener(80),
            filterChains: listener(80).filterChains.map((one) => ({
              ...one,
              tls: { certificates: [], alpn: [], clientCertificate: { mode: 'none' as const } },
            })),
          },
        ],
      },
    ],
  ])('%s', (problem, bad) => {
    expect(validateModel({ proxies: [bad] }).join('\n')).toContain(problem)
  })
})

describe('predicateText', () => {
  it.each([
    [{ kind: 'all', of: [] }, 'anything'],
    [{ kind: 'any', of: [] }, 'nothing'],
    [
      {
        kind: 'not',
        of: { kind: 'match', attribute: { of: 'header', name: 'x' }, match: { kind: 'prefix', value: 'y' } },
      },
      'not (header x starts with "y")',
    ],
    [
      {
        kind: 'all',
        of: [
          { kind: 'port', value: 80 },
          {
            kind: 'any',
            of: [
              { kind: 'port', value: 1 },
              { kind: 'cidr', attribute: 'source.ip', value: '10.0.0.0/8' },
            ],
          },
        ],
      },
      'port is 80 and (port is 1 or source.ip is in 10.0.0.0/8)',
    ],
  ] as const)('%#', (predicate, text) => expect(predicateText(predicate)).toBe(text))
})
