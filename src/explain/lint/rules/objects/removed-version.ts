// API versions that current clusters no longer serve.
import { diagnostic } from '../../../../diagnostics/diagnostic.ts'
import { rule } from '../../rule.ts'

/** `apiVersion Kind` (`*` any kind) to the version to write and the release that removed it. */
const REMOVED: Readonly<Record<string, readonly [now: string, since: string]>> = {
  'extensions/v1beta1 Ingress': ['networking.k8s.io/v1', 'Kubernetes 1.22'],
  'networking.k8s.io/v1beta1 Ingress': ['networking.k8s.io/v1', 'Kubernetes 1.22'],
  'networking.k8s.io/v1beta1 IngressClass': ['networking.k8s.io/v1', 'Kubernetes 1.22'],
  'extensions/v1beta1 *': ['apps/v1', 'Kubernetes 1.16'],
  'apps/v1beta1 *': ['apps/v1', 'Kubernetes 1.16'],
  'apps/v1beta2 *': ['apps/v1', 'Kubernetes 1.16'],
  'discovery.k8s.io/v1beta1 EndpointSlice': ['discovery.k8s.io/v1', 'Kubernetes 1.25'],
  'apiextensions.k8s.io/v1beta1 CustomResourceDefinition': ['apiextensions.k8s.io/v1', 'Kubernetes 1.22'],
  'policy/v1beta1 PodDisruptionBudget': ['policy/v1', 'Kubernetes 1.25'],
  'autoscaling/v2beta1 *': ['autoscaling/v2', 'Kubernetes 1.25'],
  'autoscaling/v2beta2 *': ['autoscaling/v2', 'Kubernetes 1.26'],
  'batch/v1beta1 CronJob': ['batch/v1', 'Kubernetes 1.25'],
  'authentication.istio.io/v1alpha1 *': ['security.istio.io/v1', 'Istio 1.6'],
  'rbac.istio.io/v1alpha1 *': ['security.istio.io/v1', 'Istio 1.6'],
}
/** Kinds whose fields did not change with the version: the version alone can be corrected. */
const SAME_FIELDS = new Set([
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'ReplicaSet',
  'EndpointSlice',
  'IngressClass',
])

export const removedVersion = rule({
  codes: ['SP0109'],
  check: (world) =>
    [...world.snapshot.objects.values()].flatMap((all) =>
      [...all.values()].flatMap(({ object, origin, written }) => {
        const version = written ?? object.apiVersion
        const found = REMOVED[`${version} ${object.kind}`] ?? REMOVED[`${version} *`]
        if (found === undefined) return []
        const [now, since] = found
        return [
          diagnostic(
            'SP0109',
            origin('apiVersion'),
            `${object.kind} ${version} was removed in ${since}; write ${now}.`,
            SAME_FIELDS.has(object.kind) ? { fix: { field: 'apiVersion', value: now } } : {},
          ),
        ]
      }),
    ),
})
