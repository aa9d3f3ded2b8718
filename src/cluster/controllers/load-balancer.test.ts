import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVICE } from '../../resources/kinds.ts'
import { AddressAllocator } from '../addresses/allocator.ts'
import type { Service } from '../objects/service.ts'
import { type Harness, harness } from '../testing/harness.ts'
import { service } from '../testing/objects.ts'
import { startLoadBalancerController } from './load-balancer.ts'

describe('load balancer controller', () => {
  let cluster: Harness
  beforeEach(async () => {
    cluster = await harness()
  })
  afterEach(async () => {
    expect(cluster.failures).toEqual([])
    await cluster.close()
  })

  const start = async (last = '127.9.1.2') => {
    const loadBalancers = new AddressAllocator('127.9.1.1', last)
    cluster.use(await startLoadBalancerController(cluster.context, cluster.events, { loadBalancers }))
  }
  const balanced = (name: string, extra: Partial<Service['spec']> = {}) =>
    cluster.client.create<Service>(service(name, { type: 'LoadBalancer', ports: [{ port: 80 }], ...extra }))
  const address = async (name: string) =>
    (await cluster.client.get<Service>(SERVICE, name, 'default'))?.status?.loadBalancer?.ingress?.[0]?.ip

  it('gives each Service its own address, and frees it with the Service', async () => {
    await start()
    await balanced('a')
    await expect.poll(() => address('a')).toBe('127.9.1.1')
    await balanced('b')
    await expect.poll(() => address('b')).toBe('127.9.1.2')
    await balanced('c')
    await expect.poll(() => cluster.recorded.at(-1)?.reason).toBe('SyncLoadBalancerFailed')
    await cluster.client.delete(SERVICE, 'a', 'default')
    await expect.poll(() => address('c')).toBe('127.9.1.1')
  })

  it('keeps the addresses of an earlier run', async () => {
    const old = await balanced('old')
    await cluster.client.updateStatus({
      ...old,
      status: { loadBalancer: { ingress: [{ ip: '127.9.1.1' }] } },
    } as Service)
    await start()
    await balanced('new')
    await expect.poll(() => address('new')).toBe('127.9.1.2')
    expect(await address('old')).toBe('127.9.1.1')
  })

  it('gives the address that is asked for, or says why not', async () => {
    await start()
    await balanced('a', { loadBalancerIP: '127.9.1.2' })
    await expect.poll(() => address('a')).toBe('127.9.1.2')
    await balanced('b', { loadBalancerIP: '127.9.1.2' })
    await expect
      .poll(() => cluster.recorded.at(-1)?.message)
      .toContain('127.9.1.2 is not a free load balancer address')
    expect(await address('b')).toBeUndefined()
  })

  it('takes the address back when the type changes, and leaves other classes alone', async () => {
    await start()
    await balanced('a')
    await balanced('other', { loadBalancerClass: 'example.com/lb' })
    await expect.poll(() => address('a')).toBe('127.9.1.1')
    await cluster.client.patch(SERVICE, 'a', 'default', { spec: { type: 'ClusterIP' } })
    await expect.poll(() => address('a')).toBeUndefined()
    expect(await address('other')).toBeUndefined()
  })
})
