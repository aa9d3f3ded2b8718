// Schemas of the built-in kinds, from the generated data, `$ref`s resolved. Loaded at the first call, not at start.
import type { ServedVersion } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { type Definition, definitionName, definitions, REF_PREFIX } from './definitions.ts'

/** Types that publish no usable shape: scalars of two types, and free-form values. */
const OPAQUE: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { 'x-kubernetes-int-or-string': true },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-map-type': 'atomic',
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
}
const ANYTHING: Schema = { 'x-kubernetes-preserve-unknown-fields': true }

type MutableSchema = { -readonly [K in keyof Schema]: Schema[K] }
const resolved = new Map<string, MutableSchema>()

/**
 * The schema of a built-in kind (also DeleteOptions, Scale, Eviction, reviews). Recursive types are cyclic values: do not serialise them.
 * Descriptions are left out; `default` is what upstream publishes and serves key defaulting in server-side apply, not object defaulting.
 */
export function builtinSchema(group: string, version: string, kind: string): Schema {
  const name = definitionName(group, version, kind)
  if (name === undefined) throw new Error(`no built-in schema for ${group}/${version} ${kind}`)
  const sites: Site[] = []
  const schema = resolve(name, sites)
  // A place that adds to what it refers to is a copy; it is filled when all that it may refer to is known, because types are recursive.
  for (const site of sites) Object.assign(site.schema, site.target, site.own)
  return schema
}

/** The face of a built-in kind, its schema looked up at first use. */
export function builtinVersion(
  group: string,
  version: string,
  kind: string,
  extra: Omit<ServedVersion, 'group' | 'version' | 'schema'> = {},
): ServedVersion {
  return {
    group,
    version,
    ...extra,
    get schema() {
      return builtinSchema(group, version, kind)
    },
  }
}

interface Site {
  readonly schema: MutableSchema
  readonly target: Schema
  readonly own: Partial<Schema>
}

function resolve(name: string, sites: Site[]): Schema {
  const known = resolved.get(name)
  if (known) return known
  const definition = definitions()[name]
  if (!definition) throw new Error(`no definition ${name}`)
  const schema: MutableSchema = {}
  resolved.set(name, schema)
  const opaque = OPAQUE[name] ?? (Object.keys(definition).length === 0 ? ANYTHING : undefined)
  Object.assign(schema, opaque ?? convert(definition, sites))
  return schema
}

function convert(definition: Definition, sites: Site[]): Schema {
  const reference = definition.$ref ?? definition.allOf?.[0]?.$ref
  if (reference !== undefined) {
    const target = resolve(reference.slice(REF_PREFIX.length), sites)
    const { $ref: _ref, allOf: _allOf, ...own } = definition
    if (Object.keys(own).length === 0) return target
    const schema: MutableSchema = {}
    sites.push({ schema, target, own: own as Partial<Schema> })
    return schema
  }
  const {
    properties,
    items,
    additionalProperties,
    'x-kubernetes-group-version-kind': _kinds,
    ...rest
  } = definition
  const schema = rest as MutableSchema
  if (properties) {
    schema.properties = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, convert(value, sites)]),
    )
  }
  if (items) schema.items = convert(items, sites)
  if (typeof additionalProperties === 'object') {
    schema.additionalProperties = convert(additionalProperties, sites)
  } else if (additionalProperties !== undefined) {
    schema.additionalProperties = additionalProperties
  }
  return schema
}
