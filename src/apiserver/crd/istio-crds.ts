// Istio's CRDs as shipped data: installed at start by whoever composes the cluster.
import { generatedData } from '../openapi/generated-data.ts'
import type { Schema } from '../schema.ts'
import type { CrdVersion, CustomResourceDefinition } from './custom-resource-definition.ts'
import { trust } from './trusted-schemas.ts'

/** The file that scripts/gen-istio-crds.mjs writes: versions name their schema by its place in `schemas`. */
interface Data {
  /** Where it comes from: `istio.io/api v1.31.1`. */
  readonly module: string
  readonly crds: readonly {
    readonly name: string
    readonly spec: Omit<CustomResourceDefinition['spec'], 'versions'> & {
      readonly versions: readonly (Omit<CrdVersion, 'schema'> & { readonly schema: number })[]
    }
  }[]
  readonly schemas: readonly string[]
}

const LABELS = { app: 'istio-pilot', chart: 'istio', istio: 'networking', release: 'istio' }
let made: readonly CustomResourceDefinition[] | undefined

/**
 * Gateway, VirtualService, DestinationRule, PeerAuthentication, RequestAuthentication, AuthorizationPolicy and Telemetry as CRDs, storage version v1; read at the first call.
 * Compare by name before creating: an installed one need not be touched.
 */
export function istioCrds(): readonly CustomResourceDefinition[] {
  if (made) return made
  const { crds, schemas } = generatedData<Data>('istio-crds')
  const parsed = new Map<number, Schema>()
  const schemaAt = (index: number): Schema => {
    let schema = parsed.get(index)
    if (!schema) {
      schema = JSON.parse(schemas[index] ?? '{}') as Schema
      trust(schema)
      parsed.set(index, schema)
    }
    return schema
  }
  made = crds.map(({ name, spec }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, labels: LABELS },
    spec: {
      ...spec,
      versions: spec.versions.map((version) => ({
        ...version,
        get schema() {
          return { openAPIV3Schema: schemaAt(version.schema) }
        },
      })),
    },
  }))
  return made
}
