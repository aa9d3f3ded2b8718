// Pods that the workloads of a folder would have, ready and with sidecars where the namespace or the pod asks for them.
import type { Namespace } from '../../../resources/namespace.ts'
import { type KubeObject, refOf } from '../../../resources/object.ts'
import {
  APP_ADDRESS_ANNOTATION,
  type Deployment,
  type Pod,
  PROXY_ANNOTATION,
  SIDECAR_CONTAINER,
  TLS_MODE_LABEL,
} from '../../../resources/pod.ts'
import type { Resource } from '../../../resources/snapshot.ts'
import { type Addresses, twinOf } from './addresses.ts'

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']
const INJECT = 'sidecar.istio.io/inject'
const TEMPLATES = 'inject.istio.io/templates'

/** istio.md 5: the pod's own label decides first, then the namespace's. */
function isInjected(pod: Pod, namespaces: ReadonlyMap<string, Namespace>): boolean {
  const own = pod.metadata.labels?.[INJECT] ?? pod.metadata.annotations?.[INJECT]
  if (own !== undefined) return own === 'true'
  const labels = namespaces.get(pod.metadata.namespace ?? '')?.metadata.labels ?? {}
  if (labels['istio-injection'] !== undefined) return labels['istio-injection'] === 'enabled'
  return labels['istio.io/rev'] !== undefined || pod.metadata.labels?.['istio.io/rev'] !== undefined
}

function withSidecar(pod: Pod, address: string): Pod {
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, [TLS_MODE_LABEL]: 'istio' },
      annotations: { ...pod.metadata.annotations, [APP_ADDRESS_ANNOTATION]: twinOf(address) },
    },
    spec: { ...pod.spec, containers: [...(pod.spec?.containers ?? []), { name: SIDECAR_CONTAINER }] },
  }
}

function running(pod: Pod, namespaces: ReadonlyMap<string, Namespace>, addresses: Addresses): Pod {
  if (pod.status?.podIP) return pod
  const address = addresses.pod()
  const annotations = pod.metadata.annotations
  const gateway = annotations?.[PROXY_ANNOTATION] === undefined && annotations?.[TEMPLATES] === 'gateway'
  const marked: Pod = gateway
    ? {
        ...pod,
        metadata: { ...pod.metadata, annotations: { ...annotations, [PROXY_ANNOTATION]: 'gateway' } },
      }
    : pod
  const proxy = marked.metadata.annotations?.[PROXY_ANNOTATION] !== undefined
  const injected = !proxy && isInjected(marked, namespaces)
  return {
    ...(injected ? withSidecar(marked, address) : marked),
    status: { phase: 'Running', podIP: address, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

/** What a scheduler would do with a pod: nodes that its selector takes, in turns. Without Node objects it has no node. */
function scheduler(nodes: readonly KubeObject[]): (pod: Pod) => Pod {
  let next = 0
  return (pod) => {
    if (pod.spec?.nodeName !== undefined) return pod
    const wanted = Object.entries(pod.spec?.nodeSelector ?? {})
    const fitting = nodes.filter(({ metadata }) =>
      wanted.every(([name, value]) => metadata.labels?.[name] === value),
    )
    const node = fitting[next++ % fitting.length]
    return node === undefined ? pod : { ...pod, spec: { ...pod.spec, nodeName: node.metadata.name } }
  }
}

function podsOf(workload: Resource, index: number): readonly Pod[] {
  const { metadata, spec } = workload.object as Deployment
  const count = Math.max(0, Math.min(spec?.replicas ?? 1, 100))
  const template = spec?.template
  const ref = refOf(workload.object)
  return Array.from({ length: count }, (_, replica) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: metadata.namespace ?? 'default',
      name: `${metadata.name}-${replica}`,
      ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      ...(template?.metadata?.annotations === undefined
        ? {}
        : { annotations: template.metadata.annotations }),
      ownerReferences: [
        { apiVersion: ref.apiVersion, kind: ref.kind, name: ref.name, uid: String(index), controller: true },
      ],
    },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  }))
}

/** All pods of the folder: those written there, and those of its workloads, with addresses. Their origin is what made them. */
export function expandPods(resources: readonly Resource[], addresses: Addresses): readonly Resource[] {
  const namespaces = new Map(
    resources
      .filter(({ object }) => object.kind === 'Namespace')
      .map(({ object }) => [object.metadata.name, object as Namespace]),
  )
  const schedule = scheduler(
    resources.filter(({ object }) => object.kind === 'Node').map(({ object }) => object),
  )
  return resources.flatMap((resource, index): readonly Resource[] => {
    const { object } = resource
    if (object.kind === 'Pod') {
      const pod = schedule(object as Pod)
      return [{ object: running(pod, namespaces, addresses), origin: resource.origin }]
    }
    if (!WORKLOADS.includes(object.kind)) return []
    return podsOf(resource, index).map((pod) => ({
      object: running(schedule(pod), namespaces, addresses) as KubeObject,
      origin: () => resource.origin(''),
    }))
  })
}
