import { describe, expect, test } from 'vitest'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { HttpManager } from '../../ir/listener.ts'
import type { Tracing } from '../../ir/tracing.ts'
import { type KubeObject, refOf } from '../../resources/object.ts'
import type { Platform, Resource } from '../../resources/snapshot.ts'
import { createCompiler } from '../compile.ts'
import { identitiesFor, snapshotOf } from '../testing/snapshots.ts'

const resource = (object: object): Resource => ({
  object: object as KubeObject,
  origin: (field) => ({ object: refOf(object as KubeObject), ...(field === '' ? {} : { field }) }),
})
const pod = (namespace: string, name: string, kind: string, ip: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels: { app: name }, annotations: { 'sallyport.dev/proxy': kind } },
  spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: 'a' }] }] },
  status: { podIP: ip },
})
const base = [
  pod('istio-system', 'gw', 'gateway', '127.0.64.1'),
  pod('kube-system', 'alb', 'alb', '127.0.64.2'),
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { namespace: 'istio-system', name: 'door' },
    spec: {
      selector: { app: 'gw' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'obs', name: 'otel' },
    spec: { ports: [{ port: 4318, name: 'http' }] },
  },
]
const telemetry = (namespace: string, spec: object) => ({
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  metadata: { namespace, name: 't' },
  spec,
})
const mesh = (text: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'istio-system', name: 'istio' },
  data: { mesh: text },
})
const OTEL = `
extensionProviders: [{ name: otel, opentelemetry: { service: otel.obs.svc.cluster.local, port: 4318, http: { path: /v1/traces } } }]
`
const COLLECTOR: Platform['collector'] = {
  address: '127.0.0.1',
  port: 4318,
  authority: 'localhost:4318',
  path: '/v1/traces',
  headers: [],
  samplePercent: 100,
}

interface Seen {
  readonly gateway: HttpManager
  readonly alb: HttpManager
  readonly clusters: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

function compiled(objects: readonly object[], platform: Partial<Platform> = {}): Seen {
  const snapshot = snapshotOf([...base, ...objects].map(resource), identitiesFor([]))
  const { model, diagnostics } = createCompiler().compile({
    ...snapshot,
    platform: { ...snapshot.platform, ...platform },
  })
  const managerOf = (kind: string): HttpManager => {
    const handler = model.proxies.find((one) => one.kind === kind)?.listeners[0]?.filterChains[0]?.handler
    if (handler?.kind !== 'http') throw new Error(`no manager at the ${kind}`)
    return handler
  }
  const clusters = model.proxies.flatMap((one) => one.clusters.map(({ name }) => name))
  return { gateway: managerOf('gateway'), alb: managerOf('alb'), clusters, diagnostics }
}

const codes = ({ diagnostics }: Seen) => diagnostics.map(({ code }) => code).filter((code) => code >= 'SP11')

describe('tracing', () => {
  test('nobody traces unless somebody says where to', () => {
    const seen = compiled([])
    expect([seen.gateway.tracing, seen.alb.tracing]).toEqual([undefined, undefined])
    expect(
      codes(compiled([telemetry('istio-system', { tracing: [{ randomSamplingPercentage: 50 }] })])),
    ).toEqual(['SP1105'])
  })

  test('the mesh’s provider is for the mesh; the ALB needs a Telemetry of its own', () => {
    const defaults = mesh(`defaultProviders: { tracing: [otel] }\n${OTEL}`)
    const seen = compiled([defaults])
    expect(seen.gateway.tracing).toMatchObject({
      side: 'outbound',
      samplePercent: 1,
      maxPathLength: 256,
    } satisfies Partial<Tracing>)
    expect(seen.alb.tracing).toBeUndefined()
    const own = telemetry('kube-system', { tracing: [{ providers: [{ name: 'OTel' }] }] })
    const { alb, clusters } = compiled([mesh(OTEL), own])
    expect(alb.tracing).toMatchObject({
      side: 'inbound',
      tags: [],
      collector: { service: 'alb.kube-system' },
    })
    expect(clusters).toEqual(['outbound|4318||otel.obs.svc.cluster.local'])
  })

  test('the collector of the surroundings is for all, with its own sampling, and can be turned off', () => {
    const { gateway, alb, clusters } = compiled([], { collector: COLLECTOR })
    expect([gateway.tracing?.samplePercent, alb.tracing?.samplePercent]).toEqual([100, 100])
    expect(gateway.tracing?.collector).toMatchObject({ host: 'localhost:4318', service: 'gw.istio-system' })
    expect(clusters).toEqual(['opentelemetry-collector', 'opentelemetry-collector'])
    const spec = { tracing: [{ disableSpanReporting: true }] }
    const off = compiled([telemetry('istio-system', spec)], { collector: COLLECTOR })
    expect([off.gateway.tracing, off.alb.tracing?.side]).toEqual([undefined, 'inbound'])
  })

  test('a variable of the pod becomes a tag, never one of this machine', () => {
    const customTags = {
      a: { environment: { name: 'A' } },
      path: { environment: { name: 'PATH', defaultValue: 'none' } },
    }
    const spec = { tracing: [{ enableIstioTags: false, customTags }] }
    const { gateway } = compiled([telemetry('istio-system', spec)], { collector: COLLECTOR })
    expect(gateway.tracing?.tags).toEqual([
      { name: 'a', literal: 'a' },
      { name: 'path', literal: 'none' },
    ])
  })

  test.each([
    ['extensionProviders: { a: b }', ['SP1102']],
    ['[', ['SP1102']],
    ['just text', ['SP1102']],
    [
      `defaultProviders: { tracing: [otel] }\ndefaultConfig: { tracing: { sampling: much } }\n${OTEL}`,
      ['SP1102'],
    ],
    [`defaultProviders: { tracing: [zipkin] }\n${OTEL}`, ['SP1101']],
    [`defaultProviders: { tracing: [otel] }\n${OTEL.replace('4318', '1')}`, ['SP1103']],
  ])('a mesh configuration that cannot be followed traces nothing and is told of: %j', (text, expected) => {
    const tracing = telemetry('istio-system', { tracing: [{ providers: [{ name: 'otel' }] }] })
    const seen = compiled([mesh(text), ...(text.includes('{ tracing:') ? [] : [tracing])])
    expect(seen.gateway.tracing).toBeUndefined()
    expect([...new Set(codes(seen))]).toEqual(expect.arrayContaining(expected))
  })
})

describe('access log', () => {
  test('off and JSON by the mesh, not for the ALB', () => {
    const off = compiled([mesh('accessLogFile: ""')])
    expect([off.gateway.accessLog, off.alb.accessLog]).toEqual(['off', 'iks-json'])
    const json = compiled([mesh('accessLogFile: /dev/stdout\naccessLogEncoding: JSON')])
    expect([json.gateway.accessLog, json.alb.accessLog]).toEqual(['istio-json', 'iks-json'])
  })

  test.each([
    ['response.code >= 400', undefined],
    ['response.code >', 'SP1104'],
    ['response.code + 1', 'SP1104'],
    ['"text"', 'SP1104'],
    ['response.latency > 5', 'SP1104'],
    ['size(request.headers) > 3 && request.nothing == 1', 'SP1104'],
    ["request.path == 'request.nothing'", undefined],
  ])('filter %s', (expression, code) => {
    const seen = compiled([telemetry('istio-system', { accessLogging: [{ filter: { expression } }] })])
    expect(codes(seen)).toEqual(code === undefined ? [] : [code])
    expect(seen.gateway.accessLogFilter).toBe(code === undefined ? expression : undefined)
  })
})
