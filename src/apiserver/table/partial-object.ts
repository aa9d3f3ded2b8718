// PartialObjectMetadata: an object without its body, for metadata informers and table rows.
import type { KubeObject } from '../../resources/object.ts'

/** `version`: of meta.k8s.io. */
export function partialObject(object: KubeObject, version: 'v1' | 'v1beta1' = 'v1'): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}
