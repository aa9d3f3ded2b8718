import { describe, expect, it } from 'vitest'
import { type Container, hasSidecar, type Pod } from '../objects/pod.ts'
import { FakeClient } from '../testing/fake-client.ts'
import { namespace, pod } from '../testing/objects.ts'
import { decideInjection } from './decide.ts'
import { ignoredAnnotations, injectionPlugin } from './plugin.ts'

const INJECT = 'sidecar.istio.io/inject'

describe('decideInjection', () => {
  it.each([
    ['nothing asks for it', {}, {}, {}, 'none'],
    ['namespace label', { 'istio-injection': 'enabled' }, {}, {}, 'sidecar'],
    ['namespace disabled', { 'istio-injection': 'disabled' }, { [INJECT]: 'true' }, {}, 'none'],
    ['revision label', { 'istio.io/rev': 'default' }, {}, {}, 'sidecar'],
    ['pod opts in', {}, { [INJECT]: 'true' }, {}, 'sidecar'],
    ['pod names a revision', {}, { 'istio.io/rev': 'default' }, {}, 'sidecar'],
    ['pod opts out', { 'istio-injection': 'enabled' }, { [INJECT]: 'false' }, {}, 'none'],
    ['pod opts out by annotation', { 'istio-injection': 'enabled' }, {}, { [INJECT]: 'false' }, 'none'],
    [
      'the label beats the annotation',
      { 'istio-injection': 'enabled' },
      { [INJECT]: 'true' },
      { [INJECT]: 'false' },
      'sidecar',
    ],
    ['the annotation alone opts nobody in', {}, {}, { [INJECT]: 'true' }, 'none'],
    [
      'gateway template',
      { 'istio-injection': 'enabled' },
      {},
      { 'inject.istio.io/templates': 'gateway' },
      'gateway',
    ],
  ] as const)('%s', (_, namespaceLabels, labels, annotations, expected) => {
    expect(decideInjection(pod('p', { labels, annotations }), 'web', namespaceLabels)).toBe(expected)
  })
  it('never touches host network pods and system namespaces', () => {
    const enabled = { 'istio-injection': 'enabled' }
    expect(decideInjection(pod('p', { spec: { hostNetwork: true } }), 'web', enabled)).toBe('none')
    expect(decideInjection(pod('p'), 'kube-system', enabled)).toBe('none')
  })
})

describe('injectionPlugin', () => {
  const created = async (given: Pod, labels: Record<string, string> = { 'istio-injection': 'enabled' }) => {
    const client = new FakeClient([injectionPlugin])
    await client.create(namespace('web', labels))
    return client.create<Pod>({ ...given, metadata: { ...given.metadata, namespace: 'web' } } as Pod)
  }
  const names = (containers: readonly Container[]) => containers.map((one) => `${one.name} ${one.image}`)

  it('adds the proxy, its labels and annotations', async () => {
    const injected = await created(pod('httpbin-abc', { labels: { app: 'httpbin', version: 'v1' } }))
    expect(names(injected.spec.containers)).toEqual(['main httpbin', 'istio-proxy istio/proxyv2:1.31.0'])
    expect(injected.metadata.labels).toEqual({
      app: 'httpbin',
      version: 'v1',
      'security.istio.io/tlsMode': 'istio',
      'istio.io/rev': 'default',
      'service.istio.io/canonical-name': 'httpbin',
      'service.istio.io/canonical-revision': 'v1',
    })
    expect(injected.metadata.annotations?.['kubectl.kubernetes.io/default-container']).toBe('main')
    expect(JSON.parse(injected.metadata.annotations?.['sidecar.istio.io/status'] ?? '')).toMatchObject({
      containers: ['istio-proxy'],
      revision: 'default',
    })
    expect(hasSidecar(injected)).toBe(true)
  })

  it('makes a gateway of a pod that asks for the gateway template', async () => {
    const own = { name: 'istio-proxy', image: 'auto', ports: [{ containerPort: 8443, name: 'https' }] }
    const given = pod('gw', {
      labels: { istio: 'egress', [INJECT]: 'true' },
      annotations: { 'inject.istio.io/templates': 'gateway' },
      containers: [own],
    })
    const injected = await created(given, {})
    expect(names(injected.spec.containers)).toEqual(['istio-proxy istio/proxyv2:1.31.0'])
    expect(injected.spec.containers[0]?.ports?.map((port) => port.containerPort)).toEqual([8443, 15090])
    expect(injected.metadata.annotations?.['sallyport.dev/proxy']).toBe('gateway')
    expect(hasSidecar(injected)).toBe(false)
  })

  it('names the workload when no label does', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'api-5d4f', uid: 'u', controller: true }
    const injected = await created(
      pod('api-5d4f-x', { labels: { 'pod-template-hash': '5d4f' }, metadata: { ownerReferences: [owner] } }),
    )
    expect(injected.metadata.labels?.['service.istio.io/canonical-name']).toBe('api')
  })

  it('leaves a pod alone that was injected before', async () => {
    const once = await created(pod('p'))
    const twice = await created({ ...once, metadata: { ...once.metadata, name: 'q' } })
    expect(twice.spec).toEqual(once.spec)
  })

  it('warns of settings that have no effect here', () => {
    const annotations = {
      'traffic.sidecar.istio.io/excludeInboundPorts': '80',
      [INJECT]: 'true',
      'other/x': '',
    }
    expect(ignoredAnnotations(pod('p', { annotations }))).toEqual([
      'annotation traffic.sidecar.istio.io/excludeInboundPorts has no effect: all traffic of the pod goes through a sidecar with default settings',
    ])
  })
})
