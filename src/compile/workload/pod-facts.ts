// What compile knows of one running pod: its part (proxy, injected, plain), whose it is, and where it listens.

import type { Locality } from '../../ir/locality.ts'
import { POD } from '../../resources/kinds.ts'
import { localityOfPod } from '../../resources/node.ts'
import {
  APP_ADDRESS_ANNOTATION,
  type Pod,
  PROXY_ANNOTATION,
  SIDECAR_CONTAINER,
  TLS_MODE_LABEL,
} from '../../resources/pod.ts'
import { demandNumber, demandText, demandTextMap } from '../demand.ts'
import { guarded } from '../graph/guarded.ts'
import { readObject } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'
import { nodeLocality } from './locality.ts'

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
  /** Where it runs. */
  readonly locality?: Locality
  /** The name of its node. */
  readonly node?: string
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

function readFacts(read: Read, key: string): PodFacts | undefined {
  const pod = readObject<Pod>(read, POD, key)?.object
  const address = pod?.status?.podIP
  if (pod === undefined || !address) return undefined
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return undefined
  const appAddress = pod.metadata.annotations?.[APP_ADDRESS_ANNOTATION]
  const labels = demandTextMap(pod.metadata.labels, 'metadata.labels')
  const node = pod.spec?.nodeName
  const locality = localityOfPod(labels) ?? (node === undefined ? undefined : read(nodeLocality, node))
  return {
    role: roleOf(pod),
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    workload: ownerOf(pod),
    serviceAccount: demandText(pod.spec?.serviceAccountName || 'default', 'spec.serviceAccountName'),
    labels,
    addresses: [...new Set([address, ...(pod.status?.podIPs ?? []).map((one) => one.ip)])].map((one) =>
      demandText(one, 'status.podIPs'),
    ),
    ports: (pod.spec?.containers ?? [])
      .filter((container) => container.name !== SIDECAR_CONTAINER)
      .flatMap((container) => container.ports ?? [])
      .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
      .map((port) => ({
        port: demandNumber(port.containerPort, 'spec.containers[].ports[].containerPort'),
        ...(port.name ? { name: demandText(port.name, 'spec.containers[].ports[].name') } : {}),
      })),
    ...(locality === undefined ? {} : { locality }),
    ...(node === undefined ? {} : { node }),
    ...(appAddress === undefined ? {} : { appAddress: demandText(appAddress, 'metadata.annotations') }),
  }
}

const reader = guarded('pod-facts', POD, readFacts, undefined)

/** Facts of a pod (`namespace/name`); undefined when it is gone, ended or has no address yet. */
export const podFacts = reader.value
/** Why a pod could not be read. */
export const podFaults = reader.faults

/** Whether labels hold all of a selector's pairs. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}
