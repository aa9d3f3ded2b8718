// What survives the end of the cluster, and what does not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isReady, type Pod } from '../../src/cluster/objects/pod.ts'
import type { Service } from '../../src/cluster/objects/service.ts'
import { POD, SERVICE } from '../../src/resources/kinds.ts'
import { Workplace } from '../sallyport.ts'
import { ClusterFolder, deployment, firstStatus, NAMESPACE, service, startTestCluster } from './cluster.ts'

describe('a cluster that is started again', () => {
  const folder = new ClusterFolder()
  afterEach(() => folder.remove())

  it('brings its pods back at their addresses, without a process left in between', async () => {
    const first = await startTestCluster(folder)
    const { range } = first.addresses
    await first.client.create(service('web', 80, 80, { type: 'LoadBalancer' }))
    await first.client.create(deployment('web', { image: 'httpbin' }, { replicas: 2 }))
    await first.rolledOut('web')
    await first.pod('done', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'echo finished'] }],
    })
    await first.until<Pod>(POD, 'done', (pod) => pod?.status?.phase === 'Succeeded')
    const state = async (cluster: typeof first) => {
      const pods = (await cluster.client.list<Pod>(POD, { labelSelector: 'app=web' })).items
      const balancer = await cluster.client.get<Service>(SERVICE, 'web', NAMESPACE)
      return {
        pods: pods.map((pod) => [pod.metadata.uid, pod.status?.podIP]).sort(),
        balancer: balancer?.status?.loadBalancer?.ingress?.[0]?.ip,
      }
    }
    const before = await state(first)
    await first.stop()
    expect(folder.processes()).toEqual([])

    const second = await startTestCluster(folder, { range })
    await expect
      .poll(
        async () =>
          (await second.client.list<Pod>(POD, { labelSelector: 'app=web' })).items.map((pod) => [
            firstStatus(pod)?.restartCount,
            isReady(pod),
          ]),
        { timeout: 10_000 },
      )
      .toEqual([
        [1, true],
        [1, true],
      ])
    expect(await state(second)).toEqual(before)
    await expect
      .poll(() =>
        second.get(before.balancer ?? '', 80, '/status/204').then(
          (one) => one.status,
          () => 0,
        ),
      )
      .toBe(204)
    // What had ended is not run again, and its log is still there.
    expect(await second.log('done')).toBe('finished\n')
    expect((await second.client.get<Pod>(POD, 'done', NAMESPACE))?.status?.phase).toBe('Succeeded')
    await second.stop()
    expect(folder.processes()).toEqual([])
  })
})

describe('a cluster that is killed', () => {
  let place: Workplace
  beforeEach(() => {
    place = new Workplace()
  })
  afterEach(() => place.close())

  it('leaves no process behind, neither of programs nor of foreign commands', async () => {
    const up = await place.up()
    const script = `
      kubectl apply -f samples/httpbin/httpbin.yaml
      kubectl run foreign --image=busybox --command -- sh -c 'sleep 1000 & sleep 1000'
      kubectl wait --for=condition=ready pod/foreign --timeout=60s
      kubectl rollout status deployment/httpbin --timeout=60s
    `
    const { code, stderr } = await place.bash(script)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const folder = new ClusterFolder()
    const inPlace = () => Object.assign(folder, { path: place.data }).processes()
    expect(inPlace().length).toBeGreaterThanOrEqual(4)
    process.kill(up.pid, 'SIGKILL')
    await expect.poll(inPlace, { timeout: 10_000 }).toEqual([])
  })
})
