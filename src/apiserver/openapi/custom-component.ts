// The published schema of a custom kind: its own, with apiVersion, kind and metadata added (without them clients refuse to validate).
import type { Schema } from '../schema.ts'
import {
  type Definition,
  definitions,
  descriptions,
  type GroupVersionKind,
  REF_PREFIX,
} from './definitions.ts'

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
/** Any built-in kind: the standard texts of apiVersion, kind and metadata are the same everywhere. */
const MODEL = 'io.k8s.api.core.v1.ConfigMap'

/** `io.istio.networking.v1.Gateway`. */
export function customName({ group, version, kind }: GroupVersionKind): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

/** The OpenAPI v3 component of one version of a custom kind. */
export function customComponent(schema: Schema, kind: GroupVersionKind): Definition {
  const component = withObjectFields(schema)
  return { ...component, 'x-kubernetes-group-version-kind': [kind] }
}

/** Embedded resources have the three fields too. */
function withObjectFields(schema: Schema): Definition {
  const published = publish(schema)
  const texts = descriptions()[MODEL] ?? {}
  const text = (key: string): { description?: string } => {
    const description = texts[key]
    return description === undefined ? {} : { description }
  }
  const own = published.properties ?? {}
  const metadata = definitions()[MODEL]?.properties?.['metadata'] ?? { $ref: `${REF_PREFIX}${OBJECT_META}` }
  return {
    ...published,
    type: 'object',
    properties: {
      ...own,
      apiVersion: { ...text('apiVersion'), type: 'string' },
      kind: { ...text('kind'), type: 'string' },
      metadata: { ...text('metadata'), ...metadata },
    },
  }
}

function publish(schema: Schema): Definition {
  const { properties, items, additionalProperties, ...rest } = schema
  const inner = (node: Schema): Definition =>
    node['x-kubernetes-embedded-resource'] ? withObjectFields(node) : publish(node)
  return {
    ...(rest as unknown as Definition),
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, inner(value)]),
          ),
        }
      : {}),
    ...(items ? { items: inner(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties,
        }),
  }
}
