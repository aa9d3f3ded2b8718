// Aggregated discovery (apidiscovery.k8s.io v2 and v2beta1, the same shape): everything of /api or /apis in one document.
import type { Group } from './resources.ts'

/** The core group for `/api`, the others for `/apis`. */
export function apiGroupDiscoveryList(groups: readonly Group[], version: 'v2' | 'v2beta1'): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata:
        group.name === '' ? { creationTimestamp: null } : { name: group.name, creationTimestamp: null },
      versions: group.versions.map((one) => ({
        version: one.version,
        freshness: 'Current',
        resources: one.resources.map((resource) => ({
          resource: resource.plural,
          responseKind: resource.responseKind,
          scope: resource.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: resource.singular,
          verbs: resource.verbs,
          ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
          ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
          ...(resource.subresources.length > 0
            ? {
                subresources: resource.subresources.map(({ name, responseKind, verbs }) => ({
                  subresource: name,
                  responseKind,
                  verbs,
                })),
              }
            : {}),
        })),
      })),
    })),
  }
}
