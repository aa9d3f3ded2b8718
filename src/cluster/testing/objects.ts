// Short ways to write objects in tests of the cluster room.
import type { KubeObject } from '../../resources/object.ts'
import type { Deployment, ReplicaSet } from '../objects/deployment.ts'
import type { Container, Pod, PodSpec, PodStatus } from '../objects/pod.ts'
import type { Service } from '../objects/service.ts'

type Labels = Readonly<Record<string, string>>

export function namespace(name: string, labels: Labels = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

export function pod(
  name: string,
  extra: {
    readonly namespace?: string
    readonly labels?: Labels
    readonly annotations?: Labels
    readonly spec?: Partial<PodSpec>
    readonly status?: PodStatus
    readonly containers?: readonly Container[]
    readonly metadata?: Partial<KubeObject['metadata']>
  } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: extra.namespace ?? 'default',
      labels: extra.labels ?? {},
      annotations: extra.annotations ?? {},
      ...extra.metadata,
    },
    spec: { containers: extra.containers ?? [{ name: 'main', image: 'httpbin' }], ...extra.spec },
    ...(extra.status === undefined ? {} : { status: extra.status }),
  }
}

/** A status with an address, ready or not. */
export function running(podIP: string, ready = true): PodStatus {
  return { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] }
}

export function service(name: string, spec: Service['spec'], at = 'default'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: at }, spec }
}

export function deployment(
  name: string,
  spec: Partial<Deployment['spec']> = {},
  image = 'httpbin:1',
): Deployment {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
      ...spec,
    },
  }
}

export function replicaSet(
  name: string,
  replicas: number,
  available: number,
  extra: { readonly image?: string; readonly created?: string } = {},
): ReplicaSet {
  const labels = { app: 'web', 'pod-template-hash': name }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      creationTimestamp: extra.created ?? '2026-01-01T00:00:00Z',
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: extra.image ?? name }] },
      },
    },
    status: { replicas, readyReplicas: available, availableReplicas: available },
  }
}
