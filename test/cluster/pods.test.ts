// One pod at a time: images, commands, variables, volumes, probes, ends and restarts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pod } from '../../src/cluster/objects/pod.ts'
import { isReady } from '../../src/cluster/objects/pod.ts'
import { CONFIG_MAP, POD } from '../../src/resources/kinds.ts'
import { ClusterFolder, firstStatus, NAMESPACE, startTestCluster, type TestCluster } from './cluster.ts'

describe('pods', () => {
  const folder = new ClusterFolder()
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startTestCluster(folder, { images: { 'my/job': { command: ['sh', '-c'] } } })
  })
  afterAll(async () => {
    await cluster.stop()
    folder.remove()
  })

  const shell = (script: string, extra: object = {}) => ({
    name: 'main',
    image: 'busybox',
    command: ['sh', '-c', script],
    ...extra,
  })
  const until = (name: string, holds: (pod: Pod | undefined) => boolean) =>
    cluster.until<Pod>(POD, name, holds)
  const ended = (name: string) => until(name, (pod) => /Succeeded|Failed/.test(pod?.status?.phase ?? ''))
  const gone = (name: string) => until(name, (pod) => pod === undefined)

  it('runs to the end once, with its log kept', async () => {
    await cluster.pod('once', {
      restartPolicy: 'Never',
      containers: [shell('echo out; echo err >&2; exit 0')],
    })
    const pod = await ended('once')
    expect(pod?.status?.phase).toBe('Succeeded')
    expect(firstStatus(pod)?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect((await cluster.log('once')).split('\n').sort()).toEqual(['', 'err', 'out'])
    await cluster.pod('failing', { restartPolicy: 'Never', containers: [shell('exit 3')] })
    expect(firstStatus(await ended('failing'))?.state.terminated?.exitCode).toBe(3)
  })

  it('says how to map an image that it does not know, and goes on when told', async () => {
    await cluster.pod('unknown', { containers: [{ name: 'main', image: 'example.org/some/thing:1' }] })
    await until('unknown', (pod) => firstStatus(pod)?.state.waiting?.reason === 'ImagePullBackOff')
    await expect.poll(() => cluster.events('unknown')).toContain('Failed: Error: ErrImagePull')
    const events = (await cluster.events('unknown')).join('\n')
    expect(events).toContain('sallyport.dev/command')
    expect(events).toContain('images: in sallyport.yaml')
    await expect(cluster.log('unknown')).rejects.toThrow('is waiting to start: ')
    const annotations = { 'sallyport.dev/command': 'sleep 1000' }
    await cluster.client.patch(POD, 'unknown', NAMESPACE, { metadata: { annotations } })
    await until('unknown', (pod) => pod !== undefined && isReady(pod))
  })

  it('takes commands from the configured images, with variables replaced', async () => {
    await cluster.pod('mapped', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image: 'registry.example/my/job:3',
          args: ['echo "$(GREETING) from $POD at $ADDRESS"'],
          env: [
            { name: 'GREETING', value: 'hello' },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
        },
      ],
    })
    const pod = await ended('mapped')
    expect(await cluster.log('mapped')).toBe(`hello from mapped at ${pod?.status?.podIP}\n`)
  })

  it('mounts ConfigMaps as files, waits for a missing one, and refreshes it', async () => {
    await cluster.pod('mounted', {
      volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
      containers: [
        shell('while :; do cat /etc/settings/mode; sleep 0.05; done', {
          volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
        }),
      ],
      terminationGracePeriodSeconds: 1,
    })
    await expect
      .poll(() => cluster.events('mounted'))
      .toContain(
        'FailedMount: MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
      )
    const metadata = { name: 'settings', namespace: NAMESPACE }
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { mode: 'slow\n' },
    } as never)
    await until('mounted', (pod) => pod !== undefined && isReady(pod))
    await expect.poll(() => cluster.log('mounted', { tailLines: 1 })).toBe('slow\n')
    await cluster.client.patch(CONFIG_MAP, 'settings', NAMESPACE, { data: { mode: 'fast\n' } })
    await expect.poll(() => cluster.log('mounted', { tailLines: 1 })).toBe('fast\n')
  })

  it('waits with a missing Secret in the environment', async () => {
    await cluster.pod('unconfigured', {
      containers: [shell('sleep 1000', { envFrom: [{ secretRef: { name: 'later' } }] })],
    })
    const waiting = await until(
      'unconfigured',
      (pod) => firstStatus(pod)?.state.waiting?.reason === 'CreateContainerConfigError',
    )
    expect(firstStatus(waiting)?.state.waiting?.message).toBe('secret "later" not found')
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'later', namespace: NAMESPACE },
    })
    await until('unconfigured', (pod) => pod !== undefined && isReady(pod))
  })

  it('runs init containers one after the other, before the others', async () => {
    const spec = {
      volumes: [{ name: 'work', emptyDir: {} }],
      restartPolicy: 'Never' as const,
      initContainers: [
        {
          ...shell('echo one >> /work/log', { volumeMounts: [{ name: 'work', mountPath: '/work' }] }),
          name: 'first',
        },
        {
          ...shell('echo two >> /work/log', { volumeMounts: [{ name: 'work', mountPath: '/work' }] }),
          name: 'second',
        },
      ],
      containers: [shell('cat /work/log', { volumeMounts: [{ name: 'work', mountPath: '/work' }] })],
    }
    await cluster.pod('staged', spec)
    await ended('staged')
    expect(await cluster.log('staged')).toBe('one\ntwo\n')
    await cluster.pod('unstaged', { ...spec, initContainers: [{ ...shell('exit 1'), name: 'bad' }] })
    const pod = await ended('unstaged')
    expect(pod?.status?.phase).toBe('Failed')
    expect(firstStatus(pod)?.state.waiting?.reason).toBe('PodInitializing')
  })

  it('restarts a container that crashes, at once and then with back-off, and keeps the log of the run before', async () => {
    await cluster.pod('crashing', { containers: [shell('echo run; exit 1')] })
    const pod = await until(
      'crashing',
      (one) => firstStatus(one)?.state.waiting?.reason === 'CrashLoopBackOff',
    )
    expect(firstStatus(pod)).toMatchObject({
      restartCount: 1,
      ready: false,
      lastState: { terminated: { exitCode: 1 } },
    })
    expect(firstStatus(pod)?.state.waiting?.message).toContain(
      'back-off 10s restarting failed container=main',
    )
    expect(await cluster.log('crashing', { previous: true })).toBe('run\n')
    await cluster.client.delete(POD, 'crashing', NAMESPACE)
    await gone('crashing')
  })

  it('probes: ready once the program serves, restarted when it is not alive', async () => {
    await cluster.pod('probed', {
      containers: [
        {
          name: 'main',
          image: 'httpbin',
          ports: [{ name: 'web', containerPort: 80 }],
          startupProbe: { tcpSocket: { port: 'web' } },
          readinessProbe: { httpGet: { path: '/status/200', port: 'web' } },
          livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
        },
      ],
    })
    await until('probed', (pod) => pod !== undefined && isReady(pod))
    await cluster.pod('dying', {
      containers: [
        {
          name: 'main',
          image: 'httpbin',
          livenessProbe: {
            httpGet: { path: '/status/500', port: 80 },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      ],
    })
    await until('dying', (pod) => (firstStatus(pod)?.restartCount ?? 0) > 0)
    const events = await cluster.events('dying')
    expect(events).toContain('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500')
    expect(events).toContain('Killing: Container main failed liveness probe, will be restarted')
    await cluster.pod('unready', {
      containers: [
        { name: 'main', image: 'httpbin', readinessProbe: { httpGet: { path: '/status/503', port: 80 } } },
      ],
    })
    const unready = await until('unready', (pod) => firstStatus(pod)?.started === true)
    expect(unready && isReady(unready)).toBe(false)
  })

  it('ends gracefully: preStop, SIGTERM, and SIGKILL when the time is over', async () => {
    const script = 'trap "echo asked; exit 0" TERM; echo up; while :; do sleep 0.02; done'
    await cluster.pod('polite', {
      containers: [
        shell(script, { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 0.1'] } } } }),
      ],
    })
    await expect.poll(() => cluster.log('polite').catch(() => '')).toBe('up\n')
    const following = cluster.log('polite', { follow: true })
    await cluster.client.delete(POD, 'polite', NAMESPACE)
    await gone('polite')
    expect(await following).toBe('up\nasked\n')

    await cluster.pod('stubborn', {
      containers: [shell('trap "" TERM; echo up; while :; do sleep 0.02; done')],
    })
    await expect.poll(() => cluster.log('stubborn').catch(() => '')).toBe('up\n')
    await cluster.client.delete(POD, 'stubborn', NAMESPACE, { gracePeriodSeconds: 1 })
    await gone('stubborn')
  })

  it('obeys a second, shorter grace, and a forced end', async () => {
    const script = 'trap "" TERM; echo up; while :; do sleep 0.02; done'
    for (const name of ['shortened', 'forced']) {
      await cluster.pod(name, { containers: [shell(script)], terminationGracePeriodSeconds: 600 })
      await expect.poll(() => cluster.log(name).catch(() => '')).toBe('up\n')
    }
    const before = folder.processes().length
    await cluster.client.delete(POD, 'shortened', NAMESPACE)
    await cluster.client.delete(POD, 'shortened', NAMESPACE, { gracePeriodSeconds: 1 })
    await cluster.client.delete(POD, 'forced', NAMESPACE, { gracePeriodSeconds: 0 })
    await gone('shortened')
    await expect.poll(() => folder.processes().length).toBeLessThan(before - 3)
  })

  it('runs commands beside a container', async () => {
    await cluster.pod('beside', {
      containers: [{ name: 'main', image: 'curlimages/curl', env: [{ name: 'COLOUR', value: 'blue' }] }],
    })
    await until('beside', (pod) => pod !== undefined && isReady(pod))
    const process = await cluster.runtime.exec(NAMESPACE, 'beside', {
      command: ['sh', '-c', 'cat; echo $COLOUR; exit 4'],
    })
    let output = ''
    process.stdout.on('data', (chunk) => {
      output += chunk
    })
    process.stdin.end('in ')
    expect(await process.exited).toBe(4)
    expect(output).toBe('in blue\n')
  })

  it('answers for containers that are not there as the API does', async () => {
    await expect(cluster.log('nobody')).rejects.toMatchObject({ code: 404 })
    await expect(cluster.log('beside', { container: 'other' })).rejects.toThrow(
      'container other is not valid for pod beside',
    )
    await expect(cluster.log('beside', { previous: true })).rejects.toThrow(
      'previous terminated container "main" in pod "beside" not found',
    )
  })
})
