// What every namespace is born with: the ServiceAccount `default` and the ConfigMaps that publish the two root certificates.
import { isDeepStrictEqual } from 'node:util'
import { CONFIG_MAP, NAMESPACE, SERVICE_ACCOUNT } from '../../../resources/kinds.ts'
import type { KubeObject } from '../../../resources/object.ts'
import type { ConfigMap, Namespace } from '../../objects/namespace.ts'
import { type Controller, type ControllerContext, runController, tolerate } from '../controller.ts'

/** PEM texts. */
export interface Roots {
  readonly cluster: string
  readonly mesh: string
}

/** Starts the controller that puts them there, and puts them right again. */
export async function startNamespaceDefaults(context: ControllerContext, roots: Roots): Promise<Controller> {
  const client = context.client.as('root-ca-certificate-publisher')
  const namespaces = await context.informers.of<Namespace>(NAMESPACE)
  const accounts = await context.informers.of(SERVICE_ACCOUNT)
  const configMaps = await context.informers.of<ConfigMap>(CONFIG_MAP)
  const published: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'kube-root-ca.crt': { 'ca.crt': roots.cluster },
    'istio-ca-root-cert': { 'root-cert.pem': roots.mesh },
  }

  const sync = async (name: string): Promise<undefined> => {
    const namespace = namespaces.cache.get(name)
    if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return
    if (!accounts.cache.has(`${name}/default`)) {
      const metadata = { name: 'default', namespace: name }
      await tolerate('AlreadyExists', client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }))
    }
    for (const [configMap, data] of Object.entries(published)) await publish(name, configMap, data)
  }

  const publish = async (
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const present = configMaps.cache.get(`${namespace}/${name}`)
    if (isDeepStrictEqual(present?.data, data)) return
    const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data } as KubeObject
    if (present) await client.update(wanted)
    else await tolerate('AlreadyExists', client.create(wanted))
  }

  return runController('namespace-defaults', context, {
    sync,
    watch: async (add) => {
      for (const name of namespaces.cache.keys()) add(name)
      return [
        namespaces.on(({ object }) => add(object.metadata.name)),
        accounts.on(({ type, object }) => {
          if (type === 'DELETED' && object.metadata.name === 'default') add(object.metadata.namespace ?? '')
        }),
        configMaps.on(({ type, object }) => {
          if (type !== 'ADDED' && published[object.metadata.name]) add(object.metadata.namespace ?? '')
        }),
      ]
    },
  })
}
