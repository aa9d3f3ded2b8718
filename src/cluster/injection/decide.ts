// Whether a pod gets a proxy injected, and which (istio.md 5: labels of the namespace and of the pod).
import type { Pod } from '../objects/pod.ts'

export type Injection = 'none' | 'sidecar' | 'gateway'

const IGNORED_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']
const INJECT = 'sidecar.istio.io/inject'
const REVISION = 'istio.io/rev'

type Labels = Readonly<Record<string, string>>

/** `namespaceLabels` are those of the namespace in which the pod is created. */
export function decideInjection(pod: Pod, namespace: string, namespaceLabels: Labels): Injection {
  if (pod.spec.hostNetwork || IGNORED_NAMESPACES.includes(namespace)) return 'none'
  if (!isAsked(pod, namespaceLabels)) return 'none'
  const templates = pod.metadata.annotations?.['inject.istio.io/templates']
    ?.split(',')
    .map((one) => one.trim())
  return templates?.includes('gateway') ? 'gateway' : 'sidecar'
}

function isAsked(pod: Pod, namespaceLabels: Labels): boolean {
  const own = pod.metadata.labels?.[INJECT]
  // The label beats the annotation.
  const refused = own === undefined ? pod.metadata.annotations?.[INJECT] === 'false' : own === 'false'
  if (refused) return false
  const injection = namespaceLabels['istio-injection']
  if (injection !== undefined) return injection === 'enabled'
  if (namespaceLabels[REVISION] !== undefined) return true
  return own === 'true' || pod.metadata.labels?.[REVISION] !== undefined
}
