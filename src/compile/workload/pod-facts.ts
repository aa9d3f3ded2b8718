// What compile knows of one running pod: its part (proxy, injected, plain), whose it is, and where it listens.

import { POD } from '../../resources/kinds.ts'
import {
  APP_ADDRESS_ANNOTATION,
  type Pod,
  PROXY_ANNOTATION,
  SIDECAR_CONTAINER,
  TLS_MODE_LABEL,
} from '../../resources/pod.ts'
import { readObject } from '../graph/inputs.ts'
import { query } from '../graph/query.ts'

export interface PodFacts {
  readonly role: 'alb' | 'gateway' | 'sidecar' | 'plain'
  readonly namespace: string
  readonly name: string
  /** The Deployment, StatefulSet, … that owns it, or the pod itself. */
  readonly workload: string
  readonly serviceAccount: string
  readonly labels: Readonly<Record<string, string>>
  readonly addresses: readonly string[]
  readonly ports: readonly { readonly name?: string; readonly port: number }[]
  /** The twin address of an injected pod. */
  readonly appAddress?: string
}

/** The name of what made the pod: a ReplicaSet's name less its hash is the Deployment's. */
function ownerOf(pod: Pod): string {
  const owner = pod.metadata.ownerReferences?.find((one) => one.controller === true)
  if (owner === undefined) return pod.metadata.name
  const hash = pod.metadata.labels?.['pod-template-hash']
  const suffix = `-${hash}`
  return owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(suffix)
    ? owner.name.slice(0, -suffix.length)
    : owner.name
}

function roleOf(pod: Pod): PodFacts['role'] {
  const proxy = pod.metadata.annotations?.[PROXY_ANNOTATION]
  if (proxy === 'alb' || proxy === 'gateway') return proxy
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const injected =
    pod.metadata.labels?.[TLS_MODE_LABEL] === 'istio' &&
    containers.some((container) => container.name === SIDECAR_CONTAINER)
  return injected ? 'sidecar' : 'plain'
}

/** Facts of a pod (`namespace/name`); undefined when it is gone, ended or has no address yet. */
export const podFacts = query<PodFacts | undefined>('pod-facts', (read, key) => {
  const pod = readObject<Pod>(read, POD, key)?.object
  const address = pod?.status?.podIP
  if (pod === undefined || !address) return undefined
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined
  const appAddress = pod.metadata.annotations?.[APP_ADDRESS_ANNOTATION]
  return {
    role: roleOf(pod),
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    workload: ownerOf(pod),
    serviceAccount: pod.spec?.serviceAccountName ?? 'default',
    labels: pod.metadata.labels ?? {},
    addresses: [...new Set([address, ...(pod.status?.podIPs ?? []).map((one) => one.ip)])],
    ports: (pod.spec?.containers ?? [])
      .filter((container) => container.name !== SIDECAR_CONTAINER)
      .flatMap((container) => container.ports ?? [])
      .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
      .map((port) => ({ port: port.containerPort, ...(port.name ? { name: port.name } : {}) })),
    ...(appAddress === undefined ? {} : { appAddress }),
  }
})

/** Whether labels hold all of a selector's pairs. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}
