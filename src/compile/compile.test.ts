import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { validateModel } from '../ir/validate.ts'
import type { Resource } from '../resources/snapshot.ts'
import { expand } from '../sources/files/expand/expand.ts'
import { parseObjects } from '../sources/files/parse.ts'
import { createCompiler } from './compile.ts'
import { identitiesFor, issue, NOW, rootPem, secret, snapshotOf } from './testing/snapshots.ts'

const text = (yaml: string): readonly Resource[] => parseObjects(yaml, 'x.yaml').resources

const platform = expand(
  text(`
apiVersion: v1
kind: Namespace
metadata: { name: a, labels: { istio-injection: enabled } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: a }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: web } }
    spec: { serviceAccountName: web, containers: [{ name: web, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: a }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`),
)

const ingress = (name: string, host: string, path: string, annotation = ''): string => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: a
  creationTimestamp: "2026-01-0${(name.length % 5) + 1}T00:00:00Z"
  annotations: { ${annotation} }
spec:
  tls: [{ hosts: [${host}], secretName: tls }]
  rules:
    - host: ${host}
      http: { paths: [{ path: ${path}, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
`
const gateway = (name: string, host: string, mode: string): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: a }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 443, name: https, protocol: HTTPS }, tls: { mode: ${mode}, credentialName: tls }, hosts: [${host}] }
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }
`
const route = (name: string, host: string, prefix: string, to: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: a }
spec:
  hosts: [${host}]
  gateways: [g1, g2, mesh]
  http:
    - match: [{ uri: { prefix: ${prefix} } }]
      route: [{ destination: { host: ${to}, port: { number: 80 } } }]
    - route: [{ destination: { host: web, port: { number: 80 } } }]
`
const tls = issue(['x.example', 'y.example'])
const other = issue(['z.example'])

/** What each object may become; the first is "not there". */
const variants: readonly (readonly (readonly Resource[])[])[] = [
  [
    [],
    text(ingress('i1', 'x.example', '/')),
    text(ingress('i1', 'x.example', '/a')),
    text(ingress('i1', 'y.example', '/')),
  ],
  [
    [],
    text(ingress('i22', 'x.example', '/')),
    text(
      ingress('i22', 'z.example', '/', `ingress.bluemix.net/ssl-services: "ssl-service=web ssl-secret=up"`),
    ),
  ],
  [
    [],
    text(gateway('g1', 'x.example', 'SIMPLE')),
    text(gateway('g1', 'x.example', 'MUTUAL')),
    text(gateway('g1', '"*.example"', 'SIMPLE')),
  ],
  [[], text(gateway('g2', 'x.example', 'SIMPLE')), text(gateway('g2', 'y.example', 'PASSTHROUGH'))],
  [
    [],
    text(route('r1', 'x.example', '/a', 'web')),
    text(route('r1', 'web', '/b', 'nobody')),
    text(route('r1', '"*.example"', '/c', 'web')),
  ],
  [[], text(route('r2', 'x.example', '/z', 'web'))],
  [
    [],
    [secret('a', 'tls', { 'tls.crt': tls.crt, 'tls.key': tls.key })],
    [secret('a', 'tls', { 'tls.crt': tls.crt, 'tls.key': other.key })],
  ],
  [[], [secret('istio-system', 'tls', { 'tls.crt': tls.crt, 'tls.key': tls.key, 'ca.crt': rootPem })]],
  [[], [secret('a', 'up', { 'trusted.crt': rootPem })], [secret('default', 'up', { 'client.crt': tls.crt })]],
  [
    [],
    text(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: a }
spec: { mtls: { mode: STRICT } }`),
    text(`
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: a }
spec: { mtls: { mode: DISABLE } }`),
  ],
  [
    [],
    text(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p, namespace: a }
spec: { action: DENY, rules: [{ to: [{ operation: { paths: [/admin*] } }] }] }`),
    text(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: p, namespace: a }
spec: { action: CUSTOM }`),
  ],
  [
    [],
    text(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: d, namespace: a }
spec: { host: web, trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } } }`),
    text(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: d, namespace: a }
spec: { host: web, trafficPolicy: { tls: { mode: DISABLE } } }`),
  ],
  [
    platform,
    platform.filter(({ object }) => object.kind !== 'EndpointSlice'),
    platform.filter(({ object }) => !object.metadata.name.startsWith('web-1')),
  ],
]

const accounts = identitiesFor(['a/web', 'istio-system/istio-ingressgateway-service-account'])
const moments = [NOW, NOW + 100 * 86_400_000, NOW]

const edit = fc.record({
  object: fc.nat(variants.length - 1),
  variant: fc.nat(3),
  time: fc.nat(moments.length - 1),
})

/** Every object inside of a value, for comparing identities. */
function parts(value: unknown, found: object[] = []): object[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) parts(inner, found)
  return found
}

describe('createCompiler', () => {
  it('gives, after any edits, what a new compiler gives; and a valid model', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 25 }), (edits) => {
        const compiler = createCompiler()
        const chosen = variants.map(() => 0)
        for (const { object, variant, time } of edits) {
          chosen[object] = variant % (variants[object]?.length ?? 1)
          const resources = variants.flatMap((all, index) => all[chosen[index] ?? 0] ?? [])
          const snapshot = snapshotOf(resources, accounts, moments[time])
          const result = compiler.compile(snapshot)
          expect(result).toEqual(createCompiler().compile(snapshot))
          expect(validateModel(result.model)).toEqual([])
          expect(result.diagnostics.filter((one) => one.code === 'SP0105' || one.code === 'SP0106')).toEqual(
            [],
          )
        }
      }),
      { numRuns: 60 },
    )
  })

  it('keeps every part of the answer that did not change', () => {
    const compiler = createCompiler()
    const before = variants.flatMap((all) => all[1] ?? [])
    const after = variants.flatMap((all, index) => all[index === 4 ? 3 : 1] ?? [])
    const first = compiler.compile(snapshotOf(before, accounts))
    expect(compiler.compile(snapshotOf(before, accounts))).toEqual(first)
    expect(compiler.compile(snapshotOf([...before], accounts)).model).toBe(first.model)
    const second = compiler.compile(snapshotOf(after, accounts)).model
    const albs = [first.model, second].map((model) => model.proxies.find((proxy) => proxy.kind === 'alb'))
    expect(albs[1]).toBe(albs[0])
    const old = new Set(parts(first.model))
    const fresh = parts(second).filter((part) => !old.has(part))
    expect(fresh.length).toBeLessThan(old.size / 2)
    compiler.compile(snapshotOf(before, accounts))
  })

  it('does not depend on the order of objects', () => {
    const resources = variants.flatMap((all) => all[1] ?? [])
    const expected = createCompiler().compile(snapshotOf(resources, accounts))
    fc.assert(
      fc.property(fc.shuffledSubarray([...resources], { minLength: resources.length }), (shuffled) => {
        expect(createCompiler().compile(snapshotOf(shuffled, accounts))).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('tells when a certificate will begin or end to be valid', () => {
    const resources = variants.flatMap((all) => all[1] ?? [])
    const { validUntil } = createCompiler().compile(snapshotOf(resources, accounts))
    expect(validUntil).toBeGreaterThan(NOW)
    expect(validUntil).toBeLessThanOrEqual(NOW + 90 * 86_400_000 + 1)
    const next = createCompiler().compile(snapshotOf(resources, accounts, validUntil))
    expect(next.diagnostics.some((one) => one.code === 'SP0205')).toBe(true)
  })

  it('loses nothing but the object whose reading fails', () => {
    const broken = text(ingress('bad', 'bad.example', '/')).map(
      (resource): Resource => ({
        ...resource,
        object: {
          ...resource.object,
          spec: { rules: [{ host: 'bad.example', http: { paths: 'none' } }] },
        } as Resource['object'],
      }),
    )
    const resources = [...variants.flatMap((all) => all[1] ?? []), ...broken]
    const { model, diagnostics } = createCompiler().compile(snapshotOf(resources, accounts))
    expect(diagnostics.filter((one) => one.code === 'SP0105').map((one) => one.origin.object?.name)).toEqual([
      'bad',
    ])
    expect(model.proxies.map((proxy) => proxy.kind)).toContain('alb')
    expect(validateModel(model)).toEqual([])
  })

  it('pays for what changed only: one of many routes costs one route', () => {
    const many = Array.from({ length: 300 }, (_, index) => [
      ...text(ingress(`i-${index}`, `h${index}.example`, '/')),
      ...text(route(`r-${index}`, `h${index}.example`, '/a', 'web')),
    ])
    const certificate = { 'tls.crt': tls.crt, 'tls.key': tls.key }
    const base = [
      ...platform,
      ...text(gateway('g1', '"*.example"', 'SIMPLE')),
      secret('default', 'tls', certificate),
    ]
    const compiler = createCompiler()
    compiler.compile(snapshotOf([...base, ...many.flat()], accounts))
    const before = new Map(compiler.runs())
    many[7] = [
      ...text(ingress('i-7', 'h7.example', '/new')),
      ...text(route('r-7', 'h7.example', '/new', 'web')),
    ]
    compiler.compile(snapshotOf([...base, ...many.flat()], accounts))
    const cost = new Map([...compiler.runs()].map(([name, count]) => [name, count - (before.get(name) ?? 0)]))
    expect(cost.get('ingress')).toBe(1)
    expect(cost.get('alb-virtual-host')).toBe(1)
    // Once per port of the Gateway.
    expect(cost.get('virtual-service-routes')).toBe(2)
    expect(cost.get('gateway-virtual-host')).toBe(2)
    expect(Math.max(...cost.values())).toBeLessThanOrEqual(4)
  })
})
