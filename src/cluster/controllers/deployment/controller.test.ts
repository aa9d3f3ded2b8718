import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEPLOYMENT, POD, REPLICA_SET } from '../../../resources/kinds.ts'
import type { Deployment, ReplicaSet } from '../../objects/deployment.ts'
import { isReady, type Pod } from '../../objects/pod.ts'
import { type Harness, harness } from '../../testing/harness.ts'
import { deployment } from '../../testing/objects.ts'
import { startReplicaSetController } from '../replica-set.ts'
import { startDeploymentController } from './controller.ts'

describe('deployment and replica set controllers', () => {
  let cluster: Harness
  beforeEach(async () => {
    cluster = await harness()
    cluster.use(
      await startDeploymentController(cluster.context, cluster.events),
      await startReplicaSetController(cluster.context, cluster.events),
    )
    await cluster.autoReady()
  })
  afterEach(async () => {
    expect(cluster.failures).toEqual([])
    await cluster.close()
  })

  const rolledOut = (replicas: number) =>
    cluster.client.until<Deployment>(DEPLOYMENT, 'web', 'default', (web) => {
      const { status, metadata } = web ?? {}
      return (
        status?.observedGeneration === metadata?.generation &&
        (status?.updatedReplicas ?? 0) === replicas &&
        (status?.replicas ?? 0) === replicas &&
        (status?.availableReplicas ?? 0) === replicas &&
        status?.conditions?.find((one) => one.type === 'Progressing')?.reason === 'NewReplicaSetAvailable'
      )
    })
  const images = async () =>
    (await cluster.client.list<Pod>(POD)).items
      .filter((pod) => pod.metadata.deletionTimestamp === undefined)
      .map((pod) => pod.spec.containers[0]?.image)
  const change = (spec: Partial<Deployment['spec']>) =>
    cluster.client.patch(DEPLOYMENT, 'web', 'default', { spec })
  const sets = async () => (await cluster.client.list<ReplicaSet>(REPLICA_SET)).items

  it('brings pods up, follows its size, and says so', async () => {
    await cluster.client.create(deployment('web', { replicas: 3 }))
    const web = await rolledOut(3)
    expect(await images()).toEqual(['httpbin:1', 'httpbin:1', 'httpbin:1'])
    expect(web?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    await change({ replicas: 1 })
    await rolledOut(1)
    expect(await images()).toHaveLength(1)
    await change({ replicas: 0 })
    await rolledOut(0)
    expect(cluster.recorded.filter((one) => one.reason === 'ScalingReplicaSet')).toHaveLength(3)
  })

  it('rolls over to a new template without ever lacking an available pod, and back again', async () => {
    await cluster.client.create(deployment('web', { replicas: 2 }))
    await rolledOut(2)
    const pods = await cluster.client.informer<Pod>(POD)
    let fewest = 2
    pods.on(() => {
      const serving = [...pods.cache.values()].filter(
        (pod) => isReady(pod) && !pod.metadata.deletionTimestamp,
      )
      fewest = Math.min(fewest, serving.length)
    })
    await change({ template: deployment('web', {}, 'httpbin:2').spec.template })
    await rolledOut(2)
    expect(await images()).toEqual(['httpbin:2', 'httpbin:2'])
    expect(await sets()).toHaveLength(2)
    await change({ template: deployment('web', {}, 'httpbin:1').spec.template })
    const web = await rolledOut(2)
    expect(await images()).toEqual(['httpbin:1', 'httpbin:1'])
    expect(await sets()).toHaveLength(2)
    expect(web?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
    expect(fewest).toBe(2)
    pods.close()
  })

  it('keeps as much history as asked for', async () => {
    await cluster.client.create(deployment('web', { revisionHistoryLimit: 1 }))
    await rolledOut(1)
    for (const tag of ['2', '3', '4']) {
      await change({ template: deployment('web', {}, `httpbin:${tag}`).spec.template })
      await rolledOut(1)
    }
    await expect.poll(async () => (await sets()).length).toBe(2)
  })

  it('replaces a pod that is deleted', async () => {
    await cluster.client.create(deployment('web'))
    await rolledOut(1)
    const [pod] = (await cluster.client.list<Pod>(POD)).items
    await cluster.client.delete(POD, pod?.metadata.name ?? '', 'default')
    await expect
      .poll(async () =>
        (await cluster.client.list<Pod>(POD)).items.map((one) => one.metadata.uid === pod?.metadata.uid),
      )
      .toEqual([false])
    await rolledOut(1)
  })

  it('takes over pods and sets without a controller that its selector takes', async () => {
    await cluster.client.create(deployment('web'))
    await rolledOut(1)
    const [set] = await sets()
    await cluster.client.patch(REPLICA_SET, set?.metadata.name ?? '', 'default', {
      metadata: { ownerReferences: [] },
    })
    await expect.poll(async () => (await sets())[0]?.metadata.ownerReferences?.[0]?.kind).toBe('Deployment')
    expect(await images()).toHaveLength(1)
  })
})
