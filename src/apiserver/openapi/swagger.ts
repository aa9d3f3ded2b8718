// The OpenAPI v2 document, for clients up to kubectl 1.28 and for GitOps engines: the v3 components less what Swagger 2 cannot say.
import type { Definition } from './definitions.ts'
import { REF_PREFIX } from './definitions.ts'
import { type Contents, operationId } from './openapi-v3.ts'
import { PATCH_PARAMETERS } from './patch-operation.ts'

const V2_REF_PREFIX = '#/definitions/'

export interface Swagger {
  readonly swagger: '2.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, { readonly patch: SwaggerOperation }>>
  readonly definitions: Readonly<Record<string, Definition>>
}

export interface SwaggerOperation {
  readonly description: string
  readonly operationId: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly description: string
    readonly type: string
    readonly required?: boolean
  }[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema: Definition }>>
  readonly 'x-kubernetes-group-version-kind': object
}

/** The document as a value, to be written as JSON or as protobuf. */
export function swagger({ components, operations }: Contents): Swagger {
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.35.0' },
    paths: Object.fromEntries(
      operations.map(({ operation, component }) => [
        operation.path,
        {
          patch: {
            description: `partially update the specified ${operation.kind.kind}`,
            operationId: operationId(operation),
            consumes: operation.contentTypes,
            produces: ['application/json'],
            parameters: [
              ...[...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
                name,
                in: 'path',
                description: `${name} of the object`,
                type: 'string',
                required: true,
              })),
              ...PATCH_PARAMETERS.map(([name, type, description]) => ({
                name,
                in: 'query',
                description,
                type,
              })),
            ],
            responses: { 200: { description: 'OK', schema: { $ref: V2_REF_PREFIX + component } } },
            'x-kubernetes-action': 'patch',
            'x-kubernetes-group-version-kind': operation.kind,
          },
        },
      ]),
    ),
    definitions: Object.fromEntries(
      Object.entries(components).map(([name, component]) => [name, toV2(component)]),
    ),
  }
}

/** A schema in Swagger 2: one type or none, no nullable, no alternatives, no defaults; what may hold anything says nothing of its fields. */
export function toV2(schema: Definition): Definition {
  const { description, allOf } = schema
  const reference = schema.$ref ?? (allOf?.length === 1 ? allOf[0]?.$ref : undefined)
  if (reference !== undefined) {
    const { $ref: _ref, allOf: _allOf, default: _default, ...rest } = schema
    return { ...rest, $ref: V2_REF_PREFIX + reference.slice(REF_PREFIX.length) }
  }
  const { properties, items, additionalProperties, type, ...rest } = schema
  const { nullable, oneOf, anyOf: _anyOf, allOf: _alternatives, not: _not, default: _default, ...kept } = rest
  // IntOrString and Quantity are unions of scalars, published as strings
  if (oneOf && type === undefined && !schema['x-kubernetes-int-or-string']) return { ...kept, type: 'string' }
  const open = nullable === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  if (open) {
    return {
      ...(description === undefined ? {} : { description }),
      ...extensionsOf(kept),
      ...(nullable === true || type === undefined ? {} : { type }),
      ...(nullable === true || !schema['x-kubernetes-group-version-kind'] || !properties
        ? {}
        : { properties: mapValues(pick(properties, ['apiVersion', 'kind', 'metadata']), toV2) }),
    }
  }
  return {
    ...kept,
    ...(type === undefined || schema['x-kubernetes-int-or-string'] ? {} : { type }),
    ...(properties ? { properties: mapValues(properties, toV2) } : {}),
    ...(items ? { items: toV2(items) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? toV2(additionalProperties) : additionalProperties,
        }),
  }
}

const extensionsOf = (schema: Definition): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key.startsWith('x-')))

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))

const pick = <A>(record: Readonly<Record<string, A>>, keys: readonly string[]): Record<string, A> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)))
