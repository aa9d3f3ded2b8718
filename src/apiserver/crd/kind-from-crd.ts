// From a CustomResourceDefinition to the kind it defines, so that custom objects run through the same pipeline as built-in ones.
import type { KindDefinition } from '../kind.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'

/** The kind that a stored (hence valid) CRD defines; schema work is done at first use. Uses `status.acceptedNames` for its names where present. */
export function kindFromCrd(_crd: CustomResourceDefinition): KindDefinition {
  throw new Error('not yet built')
}
