// Deployments and Services over real processes: reached, rolled over, taken down.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pod } from '../../src/cluster/objects/pod.ts'
import type { Service } from '../../src/cluster/objects/service.ts'
import { DEPLOYMENT, NAMESPACE as NAMESPACES, POD, SERVICE } from '../../src/resources/kinds.ts'
import type { KubeObject } from '../../src/resources/object.ts'
import {
  ClusterFolder,
  deployment,
  firstStatus,
  NAMESPACE,
  service,
  startTestCluster,
  type TestCluster,
} from './cluster.ts'

describe('workloads', () => {
  const folder = new ClusterFolder()
  let cluster: TestCluster
  let proxiesReady = true
  beforeAll(async () => {
    cluster = await startTestCluster(folder, { proxyReady: () => proxiesReady })
  })
  afterAll(async () => {
    await cluster.stop()
    folder.remove()
  })

  it('serves httpbin through its Service, and rolls it over and back without one failed request', async () => {
    await cluster.client.create(service('httpbin', 8000, 80))
    await cluster.client.create(
      deployment(
        'httpbin',
        { image: 'kennethreitz/httpbin', ports: [{ containerPort: 80 }] },
        { replicas: 2 },
      ),
    )
    await cluster.rolledOut('httpbin')
    const { spec } = (await cluster.client.get<Service>(SERVICE, 'httpbin', NAMESPACE)) as Service
    const teapot = () => cluster.get(spec.clusterIP ?? '', 8000, '/status/418')
    await expect
      .poll(() =>
        teapot().then(
          (one) => one.body,
          () => '',
        ),
      )
      .toContain('-=[ teapot ]=-')

    let rolling = true
    const statuses = new Map<number | string, number>()
    const client = async () => {
      while (rolling) {
        const status = await teapot().then(
          (one) => one.status,
          (error: NodeJS.ErrnoException) => error.code ?? 'error',
        )
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const clients = [client(), client()]
    for (const image of ['kong/httpbin:2', 'kennethreitz/httpbin']) {
      const template = { spec: { containers: [{ name: 'main', image, ports: [{ containerPort: 80 }] }] } }
      await cluster.client.patch(DEPLOYMENT, 'httpbin', NAMESPACE, { spec: { template } })
      await cluster.rolledOut('httpbin')
    }
    rolling = false
    await Promise.all(clients)
    expect([...statuses.keys()]).toEqual([418])
  })

  it('gives a LoadBalancer Service an address at which it is reached', async () => {
    const spec = { type: 'LoadBalancer' }
    await cluster.client.create(service('echo', 80, 5678, spec))
    await cluster.client.create(
      deployment('echo', { image: 'hashicorp/http-echo:1.0', args: ['-text=hello'] }),
    )
    await cluster.rolledOut('echo')
    const echo = await cluster.until<Service>(
      SERVICE,
      'echo',
      (one) => one?.status?.loadBalancer?.ingress !== undefined,
    )
    const address = echo?.status?.loadBalancer?.ingress?.[0]?.ip ?? ''
    expect(cluster.addresses.loadBalancers.contains(address)).toBe(true)
    await expect
      .poll(() =>
        cluster.get(address, 80, '/').then(
          (one) => one.body,
          () => '',
        ),
      )
      .toBe('hello\n')
    const nodePort = echo?.spec.ports?.[0]?.nodePort ?? 0
    expect((await cluster.get(cluster.addresses.apiServer, nodePort, '/')).body).toBe('hello\n')
  })

  it('puts the program of an injected pod at the twin address, with the sidecar as its proxy', async () => {
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'mesh', labels: { 'istio-injection': 'enabled' } },
    })
    const created = await cluster.client.create<Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'mesh' },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'busybox',
            command: ['node', '-e', 'console.log(JSON.stringify(process.env)); setInterval(() => {}, 1e9)'],
          },
          { name: 'httpbin', image: 'httpbin' },
        ],
      },
    } as unknown as Pod)
    expect(created.spec.containers.map((one) => one.name)).toEqual(['web', 'httpbin', 'istio-proxy'])
    await expect
      .poll(
        async () =>
          (await cluster.client.get<Pod>(POD, 'web', 'mesh'))?.status?.conditions?.find(
            (one) => one.type === 'Ready',
          )?.status,
      )
      .toBe('True')
    const pod = await cluster.client.get<Pod>(POD, 'web', 'mesh')
    const podIP = pod?.status?.podIP ?? ''
    const twin = pod?.metadata.annotations?.['sallyport.dev/app-address'] ?? ''
    expect(twin).toBe(cluster.addresses.twinOf(podIP))
    expect((await cluster.get(twin, 80, '/status/204')).status).toBe(204)
    await expect(cluster.get(podIP, 80, '/status/204')).rejects.toThrow('ECONNREFUSED')
    const log = async () => {
      let text = ''
      for await (const chunk of await cluster.runtime.podLogs('mesh', 'web', { container: 'web' }))
        text += Buffer.from(chunk)
      return text
    }
    await expect.poll(log).toContain('\n')
    const env = JSON.parse(await log()) as Record<string, string>
    const outbound = cluster.addresses.locate(podIP, 15001)
    expect(env).toMatchObject({
      SALLYPORT_ADDRESS: twin,
      http_proxy: `http://${outbound.host}:${outbound.port}`,
      HTTPS_PROXY: `http://${outbound.host}:${outbound.port}`,
      HOSTNAME: 'web',
    })
    await cluster.client.delete(NAMESPACES, 'mesh')
    await expect.poll(() => cluster.client.get(NAMESPACES, 'mesh'), { timeout: 10_000 }).toBeUndefined()
  })

  it('holds a command back until its sidecar is in force', async () => {
    proxiesReady = false
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'caller', namespace: NAMESPACE, labels: { 'sidecar.istio.io/inject': 'true' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['true'] }] },
    } as KubeObject)
    const waiting = await cluster.until<Pod>(POD, 'caller', (pod) => {
      const statuses = pod?.status?.containerStatuses
      return statuses?.some((one) => one.name === 'istio-proxy' && one.state.running !== undefined) ?? false
    })
    expect(firstStatus(waiting)?.state.waiting?.reason).toBe('ContainerCreating')
    proxiesReady = true
    cluster.runtime.proxiesChanged()
    const ended = await cluster.until<Pod>(POD, 'caller', (pod) => pod?.status?.phase === 'Succeeded')
    // The sidecar ends with the pod's work.
    expect(ended?.status?.containerStatuses?.every((one) => one.state.terminated?.exitCode === 0)).toBe(true)
  })

  it('comes with an ALB and a gateway that have addresses and no process', async () => {
    const proxies = [
      ['kube-system', 'public-crtest-alb1'],
      ['istio-system', 'istio-ingressgateway'],
    ] as const
    for (const [namespace, name] of proxies) {
      const found = (await cluster.client.get<Service>(SERVICE, name, namespace)) as Service
      expect(found.status?.loadBalancer?.ingress).toHaveLength(1)
      const pods = await cluster.client.list<Pod>(POD, { namespace })
      const [pod] = pods.items.filter((one) => one.metadata.name.startsWith(name))
      expect(pod?.status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: true }] })
      await expect(cluster.get(found.spec.clusterIP ?? '', 443, '/')).rejects.toThrow('ECONNREFUSED')
    }
  })

  it('takes everything down with the Deployment', async () => {
    const before = folder.processes().length
    await cluster.client.delete(DEPLOYMENT, 'httpbin', NAMESPACE)
    await expect
      .poll(
        async () => (await cluster.client.list<Pod>(POD, { labelSelector: 'app=httpbin' })).items.length,
        { timeout: 10_000 },
      )
      .toBe(0)
    await expect.poll(() => folder.processes().length).toBe(before - 2)
  })
})
