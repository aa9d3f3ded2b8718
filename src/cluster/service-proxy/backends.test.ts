import { describe, expect, it } from 'vitest'
import type { Pod } from '../objects/pod.ts'
import type { EndpointSlice, Service, SliceEndpoint } from '../objects/service.ts'
import { pod, running, service } from '../testing/objects.ts'
import { frontsOf } from './backends.ts'

const slice = (...endpoints: SliceEndpoint[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's' },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080 }],
})
const at = (address: string, ready = true, serving = ready, terminating = false): SliceEndpoint => ({
  addresses: [address],
  conditions: { ready, serving, terminating },
})
const spec: Service['spec'] = {
  clusterIP: '127.9.16.2',
  selector: { app: 'web' },
  ports: [{ name: 'http', port: 80 }],
}
const fronts = (
  extra: Partial<Service['spec']>,
  slices: readonly EndpointSlice[],
  pods: readonly Pod[] = [],
  ip?: string,
) => {
  const base = service('web', { ...spec, ...extra })
  const balanced = ip === undefined ? base : { ...base, status: { loadBalancer: { ingress: [{ ip }] } } }
  return frontsOf({ service: balanced, slices, pods, nodeAddress: '127.9.0.1' }).map(
    (front) =>
      `${front.address}:${front.port} -> ${front.backends.map((one) => `${one.address}:${one.port}`).join(',')}`,
  )
}

describe('frontsOf', () => {
  it('serves every address of a Service with its ready endpoints', () => {
    const extra = { type: 'LoadBalancer' as const, ports: [{ name: 'http', port: 80, nodePort: 30_080 }] }
    expect(
      fronts(extra, [slice(at('127.9.64.2'), at('127.9.64.1'), at('127.9.64.3', false))], [], '127.9.1.5'),
    ).toEqual([
      '127.9.16.2:80 -> 127.9.64.1:8080,127.9.64.2:8080',
      '127.9.1.5:80 -> 127.9.64.1:8080,127.9.64.2:8080',
      '127.9.0.1:30080 -> 127.9.64.1:8080,127.9.64.2:8080',
    ])
  })
  it('refuses connections while there is no endpoint, but uses ending ones that still serve', () => {
    expect(fronts({}, [slice(at('127.9.64.1', false))])).toEqual([])
    expect(fronts({}, [slice(at('127.9.64.1', false, true, true))])).toEqual([
      '127.9.16.2:80 -> 127.9.64.1:8080',
    ])
  })
  it('leaves the addresses of proxies to them, all but node ports', () => {
    const gateway = pod('gw', {
      labels: { app: 'web' },
      annotations: { 'sallyport.dev/proxy': 'gateway' },
      status: running('127.9.64.7'),
    })
    const ports = [{ name: 'http', port: 80, targetPort: 8443, nodePort: 30_080 }]
    expect(fronts({ ports }, [slice(at('127.9.64.7'))], [gateway])).toEqual([
      '127.9.0.1:30080 -> 127.9.64.7:8443',
    ])
  })
  it('has nothing to do for headless and external Services, UDP, and foreign external addresses', () => {
    const ready = [slice(at('127.9.64.1'))]
    expect(fronts({ clusterIP: 'None' }, ready)).toEqual([])
    expect(fronts({ type: 'ExternalName' }, ready)).toEqual([])
    expect(fronts({ ports: [{ name: 'http', port: 80, protocol: 'UDP' }] }, ready)).toEqual([])
    expect(fronts({ clusterIP: 'None', externalIPs: ['10.0.0.1'] }, ready)).toEqual([])
  })
})
