// Sidecar injection as an admission plugin: mutates pods when they are created, and says which Istio settings have no effect here.
import type { AdmissionPlugin } from '../../apiserver/kind.ts'
import { NAMESPACE } from '../../resources/kinds.ts'
import type { Pod } from '../objects/pod.ts'
import { decideInjection } from './decide.ts'
import { inject } from './inject.ts'

/** Annotations of Istio that injection or kubelet act on, or that only describe. */
const UNDERSTOOD = [
  'sidecar.istio.io/inject',
  'sidecar.istio.io/status',
  'sidecar.istio.io/rewriteAppHTTPProbers',
]
const PREFIXES = ['sidecar.istio.io/', 'traffic.sidecar.istio.io/', 'proxy.istio.io/']

/** The plugin; it needs nothing but the namespace's labels. */
export const injectionPlugin: AdmissionPlugin = {
  name: 'sidecar-injection',
  kinds: ['Pod'],
  operations: ['create'],
  review: ({ object, context }) => {
    const pod = object as Pod
    const namespace = pod.metadata.namespace ?? ''
    const labels = context.get(NAMESPACE, namespace)?.metadata.labels ?? {}
    const role = decideInjection(pod, namespace, labels)
    if (role === 'none') return {}
    return { object: inject(pod, role, labels['istio.io/rev']), warnings: ignoredAnnotations(pod) }
  },
}

/** A warning for each annotation that Istio would obey and this cluster does not. */
export function ignoredAnnotations(pod: Pod): string[] {
  return Object.keys(pod.metadata.annotations ?? {})
    .filter((key) => PREFIXES.some((prefix) => key.startsWith(prefix)) && !UNDERSTOOD.includes(key))
    .map(
      (key) =>
        `annotation ${key} has no effect: all traffic of the pod goes through a sidecar with default settings`,
    )
}
