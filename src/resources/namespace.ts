// Namespace (v1): labels are all that is read.
import type { KubeObject } from './object.ts'

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string }
}
