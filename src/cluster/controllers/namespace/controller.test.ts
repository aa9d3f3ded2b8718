import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from '../../../resources/kinds.ts'
import type { ConfigMap, Namespace } from '../../objects/namespace.ts'
import { type Harness, harness } from '../../testing/harness.ts'
import { namespace } from '../../testing/objects.ts'
import { startNamespaceController } from './controller.ts'
import { startNamespaceDefaults } from './defaults.ts'

describe('namespace controllers', () => {
  let cluster: Harness
  beforeEach(async () => {
    cluster = await harness()
    await cluster.all.start()
    cluster.use(
      await startNamespaceController(cluster.context, cluster.all),
      await startNamespaceDefaults(cluster.context, { cluster: 'CLUSTER CA', mesh: 'MESH CA' }),
    )
    await cluster.client.create(namespace('web'))
  })
  afterEach(async () => {
    expect(cluster.failures).toEqual([])
    await cluster.close()
  })

  const data = async (name: string) => (await cluster.client.get<ConfigMap>(CONFIG_MAP, name, 'web'))?.data
  const gone = () => cluster.client.until(NAMESPACE, 'web', undefined, (one) => one === undefined)

  it('gives every namespace its account and the root certificates, and puts them right again', async () => {
    await expect.poll(() => cluster.client.get(SERVICE_ACCOUNT, 'default', 'web')).toBeDefined()
    await expect.poll(() => data('kube-root-ca.crt')).toEqual({ 'ca.crt': 'CLUSTER CA' })
    await expect.poll(() => data('istio-ca-root-cert')).toEqual({ 'root-cert.pem': 'MESH CA' })
    await cluster.client.patch(CONFIG_MAP, 'istio-ca-root-cert', 'web', {
      data: { 'root-cert.pem': 'forged' },
    })
    await expect.poll(() => data('istio-ca-root-cert')).toEqual({ 'root-cert.pem': 'MESH CA' })
    await cluster.client.delete(SERVICE_ACCOUNT, 'default', 'web')
    await expect.poll(() => cluster.client.get(SERVICE_ACCOUNT, 'default', 'web')).toBeDefined()
  })

  it('deletes everything in a namespace, then the namespace', async () => {
    await cluster.client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: 'web' },
    })
    await cluster.client.delete(NAMESPACE, 'web')
    await gone()
    expect((await cluster.client.list(CONFIG_MAP, { namespace: 'web' })).items).toEqual([])
  })

  it('waits for finalizers and says whose', async () => {
    const metadata = { name: 'x', namespace: 'web', finalizers: ['example.com/hold'] }
    await cluster.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    await cluster.client.delete(NAMESPACE, 'web')
    const held = await cluster.client.until<Namespace>(NAMESPACE, 'web', undefined, (one) =>
      Boolean(
        one?.status?.conditions?.some((condition) => condition.type === 'NamespaceFinalizersRemaining'),
      ),
    )
    const messages = held?.status?.conditions
      ?.filter((one) => one.status === 'True')
      .map((one) => one.message)
    expect(messages).toEqual([
      'Some resources are remaining: configmaps. has 1 resource instances',
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ])
    await cluster.client.patch(CONFIG_MAP, 'x', 'web', { metadata: { finalizers: [] } })
    await gone()
  })

  it('covers kinds that are defined later', async () => {
    const kind = { group: 'example.com', version: 'v1', kind: 'Door', plural: 'doors', namespaced: true }
    cluster.client.addKind(kind)
    const metadata = { name: 'x', namespace: 'web', finalizers: ['example.com/hold'] }
    await cluster.client.create({ apiVersion: 'example.com/v1', kind: 'Door', metadata })
    await cluster.client.delete(NAMESPACE, 'web')
    await expect
      .poll(async () => (await cluster.client.get(kind, 'x', 'web'))?.metadata.deletionTimestamp)
      .toBeDefined()
    await cluster.client.patch(kind, 'x', 'web', { metadata: { finalizers: [] } })
    await gone()
  })
})
