// The official JavaScript client: typed calls, watches and informers against a server in this process.
import type { KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeconfig } from '../../src/apiserver/testing/test-pki.ts'
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts'

const namespace = 'default'

describe('@kubernetes/client-node', async () => {
  const library = await import('@kubernetes/client-node')
  const {
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
    KubernetesObjectApi,
    makeInformer,
    NetworkingV1Api,
    Watch,
  } = library
  let server: TestServer
  let config: KubeConfig
  beforeAll(async () => {
    server = await startTestServer()
    config = new library.KubeConfig()
    const admin = server.pki.client('admin', 'system:masters')
    config.loadFromString(kubeconfig(server.url, server.pki, admin))
  })
  afterAll(() => server.close())

  it('creates, reads, replaces, lists in pages and deletes', async () => {
    const api = config.makeApiClient(CoreV1Api)
    for (const name of ['a', 'b', 'c']) {
      await api.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data: { name } } })
    }
    const a = await api.readNamespacedConfigMap({ name: 'a', namespace })
    a.data = { name: 'changed' }
    const replaced = await api.replaceNamespacedConfigMap({ name: 'a', namespace, body: a })
    expect(replaced.data).toEqual({ name: 'changed' })
    await expect(api.replaceNamespacedConfigMap({ name: 'a', namespace, body: a })).rejects.toMatchObject({
      code: 409,
    })
    const one = await api.listNamespacedConfigMap({ namespace, limit: 2 })
    expect(one.items.map((item) => item.metadata?.name)).toEqual(['a', 'b'])
    const rest = one.metadata?._continue ?? ''
    const two = await api.listNamespacedConfigMap({ namespace, limit: 2, _continue: rest })
    expect(two.items.map((item) => item.metadata?.name)).toEqual(['c'])
    await api.deleteCollectionNamespacedConfigMap({ namespace })
    expect((await api.listNamespacedConfigMap({ namespace })).items).toEqual([])
  })

  it('reads an ingress and a deployment with their defaults', async () => {
    const ingress = await config.makeApiClient(NetworkingV1Api).createNamespacedIngress({
      namespace,
      body: {
        metadata: { name: 'i' },
        spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      },
    })
    expect(ingress.metadata?.generation).toBe(1)
    const apps = config.makeApiClient(AppsV1Api)
    const labels = { app: 'd' }
    const deployment = await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    })
    expect(deployment.spec?.replicas).toBe(1)
    const scale = await apps.readNamespacedDeploymentScale({ name: 'd', namespace })
    expect([scale.spec?.replicas, scale.status?.selector]).toEqual([1, 'app=d'])
  })

  it('keeps an informer up to date', async () => {
    const api = config.makeApiClient(CoreV1Api)
    const list = () => api.listNamespacedSecret({ namespace })
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/secrets`, list)
    const events: string[] = []
    let seen = (): void => {}
    const reached = (wanted: string): Promise<void> =>
      new Promise((resolve) => {
        seen = () => {
          if (events.at(-1) === wanted) resolve()
        }
        seen()
      })
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object) => {
        events.push(`${verb} ${object.metadata?.name}`)
        seen()
      })
    }
    await informer.start()
    await api.createNamespacedSecret({ namespace, body: { metadata: { name: 's' }, stringData: { a: 'b' } } })
    await reached('add s')
    expect(informer.get('s', namespace)?.data).toEqual({ a: 'Yg==' })
    await api.replaceNamespacedSecret({
      name: 's',
      namespace,
      body: { metadata: { name: 's' }, stringData: { a: 'c' } },
    })
    await reached('update s')
    await api.deleteNamespacedSecret({ name: 's', namespace })
    await reached('delete s')
    await informer.stop()
  })

  it('watches with bookmarks and its own timeout', async () => {
    const phases: string[] = []
    await new Promise<void>((resolve, reject) => {
      new Watch(config)
        .watch(
          '/api/v1/namespaces',
          { timeoutSeconds: 1, allowWatchBookmarks: true },
          (phase) => phases.push(phase),
          (error) => (error && !String(error).includes('abort') ? reject(error) : resolve()),
        )
        .catch(reject)
    })
    expect(phases).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED'])
  })

  it('finds kinds by discovery', async () => {
    const any = KubernetesObjectApi.makeApiClient(config)
    const created = await any.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace },
    })
    expect(created.metadata).toHaveProperty('uid')
    await any.delete({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace } })
    const custom = config.makeApiClient(CustomObjectsApi)
    await expect(
      custom.listNamespacedCustomObject({ group: 'no.dev', version: 'v1', namespace, plural: 'things' }),
    ).rejects.toMatchObject({ code: 404 })
  })
})
