import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENDPOINT_SLICE, ENDPOINTS, POD, SERVICE } from '../../../resources/kinds.ts'
import type { Pod } from '../../objects/pod.ts'
import type { EndpointSlice, Endpoints } from '../../objects/service.ts'
import { type Harness, harness } from '../../testing/harness.ts'
import { pod, running, service } from '../../testing/objects.ts'
import { startEndpointsController } from './controller.ts'

describe('endpoints controller', () => {
  let cluster: Harness
  beforeEach(async () => {
    cluster = await harness()
    cluster.use(await startEndpointsController(cluster.context))
  })
  afterEach(async () => {
    expect(cluster.failures).toEqual([])
    await cluster.close()
  })

  const labels = { app: 'web' }
  const containers = [{ name: 'main', image: 'httpbin', ports: [{ name: 'web', containerPort: 8080 }] }]
  const addPod = async (name: string, ip: string, ready = true) => {
    const created = await cluster.client.create<Pod>(
      pod(name, { labels, containers, spec: { nodeName: 'n' } }),
    )
    await cluster.client.updateStatus({ ...created, status: running(ip, ready) } as Pod)
  }
  const slices = async () =>
    (await cluster.client.list<EndpointSlice>(ENDPOINT_SLICE)).items.map((slice) => ({
      ports: slice.ports.map((port) => `${port.name}:${port.port}`),
      endpoints: slice.endpoints.map(
        (one) => `${one.addresses[0]} ${one.conditions?.ready} ${one.conditions?.terminating}`,
      ),
    }))
  const subsets = async () => (await cluster.client.get<Endpoints>(ENDPOINTS, 'web', 'default'))?.subsets

  it('lists the pods of a Service with their readiness, named ports resolved', async () => {
    await cluster.client.create(
      service('web', {
        selector: labels,
        clusterIP: '127.9.16.2',
        ports: [{ name: 'http', port: 80, targetPort: 'web' }],
      }),
    )
    await addPod('a', '127.9.64.1')
    await addPod('b', '127.9.64.2', false)
    const both = { ports: ['http:8080'], endpoints: ['127.9.64.1 true false', '127.9.64.2 false false'] }
    await expect.poll(slices).toEqual([both])
    await expect.poll(subsets).toMatchObject([
      {
        addresses: [{ ip: '127.9.64.1' }],
        notReadyAddresses: [{ ip: '127.9.64.2' }],
        ports: [{ name: 'http', port: 8080 }],
      },
    ])
  })

  it('drops a terminating pod from Endpoints and marks it in the slice', async () => {
    await cluster.client.create(service('web', { selector: labels, ports: [{ port: 80, targetPort: 8080 }] }))
    await addPod('a', '127.9.64.1')
    await expect.poll(subsets).toHaveLength(1)
    await cluster.client.delete(POD, 'a', 'default')
    await expect.poll(slices).toEqual([{ ports: [':8080'], endpoints: ['127.9.64.1 false true'] }])
    await expect.poll(subsets).toBeUndefined()
  })

  it('leaves Services without selector to their user, and mirrors what he wrote', async () => {
    const written: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
      subsets: [{ addresses: [{ ip: '127.0.0.9' }], ports: [{ port: 9000 }] }],
    }
    await cluster.client.create(service('web', { ports: [{ port: 80 }] }))
    await cluster.client.create(written)
    await expect.poll(slices).toEqual([{ ports: [':9000'], endpoints: ['127.0.0.9 true undefined'] }])
    expect(await subsets()).toEqual(written.subsets)
  })

  it('has one empty slice for a Service without pods, and none after the Service is gone', async () => {
    await cluster.client.create(service('web', { selector: labels, ports: [{ port: 80 }] }))
    await expect.poll(slices).toEqual([{ ports: [], endpoints: [] }])
    await cluster.client.delete(SERVICE, 'web', 'default')
    await expect.poll(slices).toEqual([])
    await expect.poll(async () => (await cluster.client.list(ENDPOINTS)).items).toEqual([])
  })

  it('splits pods whose named port differs, and big Services, into several slices', async () => {
    await cluster.client.create(
      service('web', { selector: labels, ports: [{ port: 80, targetPort: 'web' }] }),
    )
    await addPod('a', '127.9.64.1')
    const other = [{ name: 'main', image: 'httpbin', ports: [{ name: 'web', containerPort: 9090 }] }]
    const created = await cluster.client.create<Pod>(pod('b', { labels, containers: other }))
    await cluster.client.updateStatus({ ...created, status: running('127.9.64.2') } as Pod)
    await expect
      .poll(async () => (await slices()).map((one) => one.ports[0]).sort())
      .toEqual([':8080', ':9090'])
  })
})
