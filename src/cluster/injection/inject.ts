// The injected pod, as data: container, labels, annotations.
import { PROXY_ANNOTATION, SIDECAR_CONTAINER, TLS_MODE_LABEL } from '../../resources/pod.ts'
import { type Pod, SIDECAR_STATUS_ANNOTATION } from '../objects/pod.ts'
import { proxyContainer } from './proxy-container.ts'

/** The pod with its proxy. A pod that has been injected already (created from another pod's YAML) stays as it is. */
export function inject(pod: Pod, role: 'sidecar' | 'gateway', namespaceRevision = 'default'): Pod {
  const { labels = {}, annotations = {} } = pod.metadata
  if (annotations[SIDECAR_STATUS_ANNOTATION] !== undefined) return pod
  const own = pod.spec.containers.find((one) => one.name === SIDECAR_CONTAINER)
  const programs = pod.spec.containers.filter((one) => one !== own)
  const container = proxyContainer(role, own)
  const revision = labels['istio.io/rev'] ?? namespaceRevision
  const first = role === 'sidecar' ? programs[0]?.name : undefined
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: {
        ...(role === 'sidecar' ? { [TLS_MODE_LABEL]: 'istio' } : {}),
        'istio.io/rev': revision,
        'service.istio.io/canonical-name': canonicalName(pod),
        'service.istio.io/canonical-revision': canonicalRevision(labels),
        ...labels,
      },
      annotations: {
        'istio.io/rev': revision,
        ...(first === undefined
          ? {}
          : {
              'kubectl.kubernetes.io/default-container': first,
              'kubectl.kubernetes.io/default-logs-container': first,
            }),
        ...annotations,
        ...(role === 'gateway' ? { [PROXY_ANNOTATION]: 'gateway' } : {}),
        [SIDECAR_STATUS_ANNOTATION]: JSON.stringify({
          initContainers: null,
          containers: [SIDECAR_CONTAINER],
          volumes: null,
          imagePullSecrets: null,
          revision,
        }),
      },
    },
    spec: { ...pod.spec, containers: [...programs, container] },
  }
}

/** By label, else by the name of the workload: that of the pod less what ReplicaSets append. */
function canonicalName(pod: Pod): string {
  const labels = pod.metadata.labels ?? {}
  const owner = pod.metadata.ownerReferences?.find((one) => one.controller)
  const hash = labels['pod-template-hash']
  const workload =
    owner && hash !== undefined && owner.name.endsWith(`-${hash}`)
      ? owner.name.slice(0, -hash.length - 1)
      : (owner?.name ?? pod.metadata.name)
  return labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload
}

function canonicalRevision(labels: Readonly<Record<string, string>>): string {
  return labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest'
}
