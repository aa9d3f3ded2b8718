// The type of a CustomResourceDefinition (apiextensions.k8s.io/v1), the parts that our code reads.
import type { KubeObject } from '../../resources/object.ts'
import type { Schema } from '../schema.ts'

export interface CrdNames {
  readonly plural: string
  readonly singular?: string
  readonly kind: string
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

export interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly schema?: { readonly openAPIV3Schema?: Schema }
  readonly subresources?: {
    readonly status?: object
    readonly scale?: {
      readonly specReplicasPath: string
      readonly statusReplicasPath: string
      readonly labelSelectorPath?: string
    }
  }
  readonly additionalPrinterColumns?: readonly {
    readonly name: string
    readonly type: string
    readonly format?: string
    readonly description?: string
    readonly priority?: number
    readonly jsonPath: string
  }[]
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
}

export interface CrdCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly lastTransitionTime?: string
  readonly reason?: string
  readonly message?: string
}

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly names: CrdNames
    readonly scope: 'Namespaced' | 'Cluster'
    readonly versions: readonly CrdVersion[]
    readonly conversion?: { readonly strategy: string; readonly webhook?: unknown }
    readonly preserveUnknownFields?: boolean
  }
  readonly status?: {
    readonly conditions?: readonly CrdCondition[]
    readonly acceptedNames?: CrdNames
    readonly storedVersions?: readonly string[]
  }
}
