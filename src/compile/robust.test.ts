// Whatever an object holds, compile does not throw, and what has nothing to do with the object stays as it is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { validateModel } from '../ir/validate.ts'
import type { KubeObject } from '../resources/object.ts'
import type { Resource } from '../resources/snapshot.ts'
import { expand } from '../sources/files/expand/expand.ts'
import { parseObjects } from '../sources/files/parse.ts'
import { createCompiler } from './compile.ts'
import { identitiesFor, snapshotOf } from './testing/snapshots.ts'

const good = expand(
  parseObjects(
    `
apiVersion: v1
kind: Namespace
metadata: { name: a, labels: { istio-injection: enabled } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: good, namespace: a }
spec:
  template:
    metadata: { labels: { app: good } }
    spec: { serviceAccountName: good, containers: [{ name: good, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: good, namespace: a }
spec: { selector: { app: good }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: good, namespace: a }
spec:
  rules:
    - host: good.example
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: good, port: { number: 80 } } } }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: good, namespace: a }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [good.example] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: good, namespace: a }
spec: { hosts: [good.example], gateways: [good], http: [{ route: [{ destination: { host: good } }] }] }
`,
    'good.yaml',
  ).resources,
)

const subjects = parseObjects(
  `
apiVersion: v1
kind: Service
metadata: { name: bad, namespace: b, labels: { a: b } }
spec: { type: LoadBalancer, clusterIP: 203.0.113.200, selector: { app: bad }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Pod
metadata: { name: bad, namespace: b, labels: { app: bad, security.istio.io/tlsMode: istio }, annotations: { sallyport.dev/app-address: 198.24.1.1 } }
spec: { serviceAccountName: bad, containers: [{ name: bad, ports: [{ name: http, containerPort: 80 }] }, { name: istio-proxy }] }
status: { phase: Running, podIP: 198.51.100.200, conditions: [{ type: Ready, status: "True" }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: bad, namespace: b, labels: { kubernetes.io/service-name: bad } }
ports: [{ name: http, port: 80 }]
endpoints: [{ addresses: [198.51.100.200], conditions: { ready: true }, targetRef: { kind: Pod, namespace: b, name: bad } }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: bad, namespace: b, annotations: { ingress.bluemix.net/ssl-services: ssl-service=bad, ingress.bluemix.net/custom-port: protocol=http port=81 } }
spec:
  defaultBackend: { service: { name: bad, port: { name: http } } }
  tls: [{ hosts: [bad.example], secretName: bad }]
  rules: [{ host: bad.example, http: { paths: [{ path: /, pathType: Exact, backend: { service: { name: bad, port: { number: 80 } } } }] } }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: bad, namespace: b }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 443, name: https, protocol: HTTPS }, hosts: [b/bad.example], tls: { mode: MUTUAL, credentialName: bad, subjectAltNames: [a] } }
    - { port: { number: 8081, name: tcp, protocol: TCP }, hosts: ['*'] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: bad, namespace: b }
spec:
  hosts: [bad.example, bad]
  gateways: [bad, mesh]
  exportTo: ['*']
  http:
    - match: [{ uri: { prefix: /a }, headers: { x: { exact: y } }, sourceLabels: { a: b }, gateways: [bad] }]
      route: [{ destination: { host: bad, subset: v1 }, weight: 1, headers: { request: { set: { a: b } } } }]
      corsPolicy: { allowOrigins: [{ exact: a }] }
      mirrors: [{ destination: { host: bad }, percentage: { value: 1 } }]
      fault: { delay: { percentage: { value: 1 }, fixedDelay: 1s } }
      retries: { attempts: 1, retryOn: "5xx" }
  tcp: [{ match: [{ port: 8081 }], route: [{ destination: { host: bad } }] }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: bad, namespace: b }
spec:
  host: bad
  trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: a, ttl: 1s } } }, portLevelSettings: [{ port: { number: 80 } }] }
  subsets: [{ name: v1, labels: { app: bad }, trafficPolicy: { connectionPool: { tcp: { connectTimeout: 1s } } } }]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: bad, namespace: b }
spec: { selector: { matchLabels: { app: bad } }, mtls: { mode: STRICT }, portLevelMtls: { "80": { mode: DISABLE } } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: bad, namespace: b }
spec:
  selector: { matchLabels: { app: bad } }
  action: DENY
  rules: [{ from: [{ source: { principals: [a] } }], to: [{ operation: { paths: [/a] } }], when: [{ key: source.ip, values: [1.2.3.4] }] }]
`,
  'bad.yaml',
).resources

type Path = readonly (string | number)[]

function pathsIn(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return [at, ...entries.flatMap(([key, inner]) => pathsIn(inner, [...at, key]))]
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return by
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaced(item, rest, by) : item))
  const map = value as Record<string, unknown>
  return { ...map, [step]: replaced(map[step], rest, by) }
}

/** Where a wrong value may stand: anywhere but in what makes an object an object. */
const places = subjects.flatMap((resource, index) =>
  pathsIn(resource.object)
    .filter(
      (path) =>
        path.length > 1 && !(path[0] === 'metadata' && (path[1] === 'name' || path[1] === 'namespace')),
    )
    .map((path) => ({ index, path })),
)

const wrong = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    0,
    -1,
    true,
    [],
    {},
    [null],
    { a: null },
    'x',
    ['x'],
    [[]],
    [{}],
    1e9,
  ),
  fc.jsonValue(),
)

const accounts = identitiesFor(['a/good', 'b/bad', 'istio-system/istio-ingressgateway-service-account'])

function goodParts(resources: readonly Resource[]): {
  readonly good: unknown
  readonly problems: readonly string[]
  readonly failed: boolean
} {
  const { model, diagnostics } = createCompiler().compile(snapshotOf(resources, accounts))
  const hosts = model.proxies
    .filter((proxy) => proxy.kind !== 'sidecar')
    .flatMap((proxy) => proxy.listeners.flatMap((listener) => listener.filterChains))
    .flatMap(({ handler }) => (handler.kind === 'http' ? handler.routes.virtualHosts : []))
    .filter((host) => host.name === 'good.example')
  const sidecar = model.proxies.find((proxy) => proxy.id === 'sidecar/a/good-0')
  return {
    good: { hosts, inbound: sidecar?.listeners.filter((listener) => listener.name !== 'outbound_15001') },
    problems: validateModel(model),
    failed: diagnostics.some((one) => one.code === 'SP0106'),
  }
}

describe('compile and values of the wrong kind', () => {
  const expected = goodParts([...good, ...subjects])

  it('has something to lose', () => {
    expect((expected.good as { hosts: readonly unknown[] }).hosts).toHaveLength(2)
    expect(expected.failed).toBe(false)
  })

  it('loses no more than the object', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), wrong, ({ index, path }, by) => {
        const resources = subjects.map(
          (resource, position): Resource =>
            position === index
              ? { ...resource, object: replaced(resource.object, path, by) as KubeObject }
              : resource,
        )
        const found = goodParts([...good, ...resources])
        expect(found.failed).toBe(false)
        expect(found.problems.filter((one) => !one.includes('bad'))).toEqual([])
        expect(found.good).toEqual(expected.good)
      }),
      { numRuns: 500 },
    )
  }, 120_000)
})
