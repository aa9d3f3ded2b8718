// The objects that a cluster cannot be without. Present ones are left alone, so a restart changes nothing.
import { ENDPOINT_SLICE, ENDPOINTS, NAMESPACE, SERVICE } from '../resources/kinds.ts'
import type { KindRef, KubeObject } from '../resources/object.ts'
import { type ApiClient, ApiError } from './client.ts'
import type { Core } from './pipeline/request.ts'
import { collectionOf, type Registry } from './registry.ts'

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']
const HTTPS_PORT = 443

/** Creates the namespaces and, with an address, Service `kubernetes` and what points it at this server. */
export async function bootObjects(
  client: ApiClient,
  registry: Registry,
  serviceCidr: string,
  address: { readonly host: string; readonly port: number } | undefined,
): Promise<void> {
  const serves = (ref: KindRef): boolean => registry.ofRef(ref) !== undefined
  const isServed = serves(NAMESPACE)
  for (const name of isServed ? NAMESPACES : []) {
    await ensure(client, NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  if (serves(SERVICE)) await ensure(client, SERVICE, kubernetesService(serviceCidr))
  if (!address) return
  if (serves(ENDPOINTS)) await keep(client, ENDPOINTS, endpoints(address))
  if (serves(ENDPOINT_SLICE)) await keep(client, ENDPOINT_SLICE, endpointSlice(address))
}

/** Puts a boot object back when somebody deletes it, as `kubectl delete svc --all` does. Returns what ends it. */
export function restoreBootObjects(core: Core, restore: () => Promise<void>): () => void {
  const watched: readonly [KindRef, readonly string[]][] = [
    [NAMESPACE, NAMESPACES],
    [SERVICE, ['default/kubernetes']],
    [ENDPOINTS, ['default/kubernetes']],
    [ENDPOINT_SLICE, ['default/kubernetes']],
  ]
  let ended = false
  const stops = watched.map(([ref, keys]) =>
    core.store.subscribe(collectionOf(ref), ({ key, object }) => {
      if (object || !keys.includes(key)) return
      restore().catch((error: unknown) => {
        if (!ended) core.report(`putting ${ref.plural} ${key} back: ${String(error)}`)
      })
    }),
  )
  return () => {
    ended = true
    for (const stop of stops) stop()
  }
}

/** The first address of the range: `10.96.0.0/16` -> `10.96.0.1`. */
export function firstAddress(cidr: string): string {
  const [network = '', bits = '32'] = cidr.split('/')
  const number = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(number / size) * size + 1
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')
}

const LABELS = { component: 'apiserver', provider: 'kubernetes' }

function kubernetesService(cidr: string): KubeObject {
  const clusterIP = firstAddress(cidr)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: LABELS },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: HTTPS_PORT, targetPort: 6443 }],
    },
  } as KubeObject
}

function endpoints({ host, port }: { readonly host: string; readonly port: number }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: host }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  } as KubeObject
}

function endpointSlice({ host, port }: { readonly host: string; readonly port: number }): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  } as KubeObject
}

async function ensure(client: ApiClient, ref: KindRef, object: KubeObject): Promise<void> {
  const { name, namespace } = object.metadata
  if (await client.get(ref, name, namespace)) return
  try {
    await client.create(object)
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.reason !== 'AlreadyExists') throw thrown
  }
}

/** Like ensure, and brings an object of an earlier run up to date: the server may listen elsewhere now. */
async function keep(client: ApiClient, ref: KindRef, object: KubeObject): Promise<void> {
  const { name, namespace } = object.metadata
  if (await client.get(ref, name, namespace)) await client.patch(ref, name, namespace, object)
  else await ensure(client, ref, object)
}
