import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFIG_MAP, DEPLOYMENT } from '../../../resources/kinds.ts'
import type { KubeObject } from '../../../resources/object.ts'
import { type Harness, harness } from '../../testing/harness.ts'
import { deployment } from '../../testing/objects.ts'
import { controlledBy } from '../owner.ts'
import { startGarbageCollector } from './controller.ts'

describe('garbage collector', () => {
  let cluster: Harness
  beforeEach(async () => {
    cluster = await harness()
    await cluster.all.start()
    cluster.use(await startGarbageCollector(cluster.context, cluster.all))
  })
  afterEach(async () => {
    expect(cluster.failures).toEqual([])
    await cluster.close()
  })

  const owned = (name: string, owners: readonly KubeObject[], finalizers: readonly string[] = []) =>
    cluster.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default', ownerReferences: owners.map(controlledBy), finalizers },
    })
  const left = async () => (await cluster.client.list(CONFIG_MAP)).items.map((one) => one.metadata.name)
  const exists = async () => (await cluster.client.get(DEPLOYMENT, 'web', 'default')) !== undefined

  it('deletes what a deleted object owned, down the whole line', async () => {
    const web = await cluster.client.create(deployment('web'))
    const child = await owned('child', [web])
    await owned('grandchild', [child])
    await owned('free', [])
    await cluster.client.delete(DEPLOYMENT, 'web', 'default')
    await expect.poll(left).toEqual(['free'])
  })

  it('deletes an object that is born without its owner', async () => {
    await owned('child', [{ ...deployment('web'), metadata: { name: 'web', uid: 'long-gone' } }])
    await expect.poll(left).toEqual([])
  })

  it('keeps an object as long as one owner lives, without the reference to the other', async () => {
    const web = await cluster.client.create(deployment('web'))
    const api = await cluster.client.create(deployment('api'))
    await owned('child', [web, api])
    await cluster.client.delete(DEPLOYMENT, 'web', 'default')
    await expect
      .poll(async () =>
        (await cluster.client.get(CONFIG_MAP, 'child', 'default'))?.metadata.ownerReferences?.map(
          (one) => one.name,
        ),
      )
      .toEqual(['api'])
  })

  it('orphans on request', async () => {
    const web = await cluster.client.create(deployment('web'))
    await owned('child', [web])
    await cluster.client.delete(DEPLOYMENT, 'web', 'default', { propagationPolicy: 'Orphan' })
    await expect.poll(exists).toBe(false)
    expect((await cluster.client.get(CONFIG_MAP, 'child', 'default'))?.metadata.ownerReferences).toEqual([])
  })

  it('in the foreground the owner outlives what blocks it', async () => {
    const web = await cluster.client.create(deployment('web'))
    await owned('child', [web], ['example.com/hold'])
    await cluster.client.delete(DEPLOYMENT, 'web', 'default', { propagationPolicy: 'Foreground' })
    await expect
      .poll(
        async () => (await cluster.client.get(CONFIG_MAP, 'child', 'default'))?.metadata.deletionTimestamp,
      )
      .toBeDefined()
    expect(await exists()).toBe(true)
    await cluster.client.patch(CONFIG_MAP, 'child', 'default', { metadata: { finalizers: [] } })
    await expect.poll(exists).toBe(false)
    expect(await left()).toEqual([])
  })

  it('does not hang on objects that own each other', async () => {
    const first = await owned('first', [])
    const second = await owned('second', [first])
    await cluster.client.patch(CONFIG_MAP, 'first', 'default', {
      metadata: { ownerReferences: [controlledBy(second)] },
    })
    await cluster.client.delete(CONFIG_MAP, 'first', 'default', { propagationPolicy: 'Foreground' })
    await expect.poll(left).toEqual([])
  })
})
