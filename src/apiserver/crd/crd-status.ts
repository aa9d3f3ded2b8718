// The status of a CRD: whether its names are free, whether it is served, and which versions may be in the store.
import type { KindDefinition } from '../kind.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/**
 * The status that a CRD should have beside the given others (all other stored CRDs) and built-in kinds. `now` is RFC 3339.
 * Returns the present status object itself when nothing changes.
 */
export function crdStatus(
  crd: CustomResourceDefinition,
  _others: readonly CustomResourceDefinition[],
  _builtins: readonly KindDefinition[],
  _now: string,
): NonNullable<CustomResourceDefinition['status']> {
  return crd.status ?? {}
}

/** Whether a CRD's kind is served: condition Established is True. */
export function isEstablished(crd: CustomResourceDefinition): boolean {
  return crd.status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false
}
