// Defaulting of custom objects by their schema, on write and again on read (for defaults that the CRD gained since).
import type { Schema } from '../schema.ts'
import { mapFields, mapList } from './prune.ts'

/** The value with defaults filled in, itself when nothing is missing. A null that may not be null takes the default, or goes. */
export function defaultFields<T>(value: T, schema: Schema): T {
  return fill(value, schema) as T
}

function fill(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? mapList(value, (item) => fill(instead(item, items) ?? item, items)) : value
  }
  if (typeof value !== 'object' || value === null) return value
  const { properties = {}, additionalProperties } = schema
  let map = value as Readonly<Record<string, unknown>>
  for (const [name, missing] of defaultsOf(schema)) {
    if (map[name] === undefined) map = { ...map, [name]: structuredClone(missing) }
  }
  return mapFields(map, (key, field) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (!inner) return field
    if (field === null && !inner.nullable) {
      const replacement = instead(field, inner)
      return replacement === undefined ? undefined : fill(replacement, inner)
    }
    return fill(field, inner)
  })
}

/** What takes the place of a null that may not be null. */
function instead(value: unknown, schema: Schema): unknown {
  return value === null && !schema.nullable ? structuredClone(schema.default) : undefined
}

const known = new WeakMap<Schema, readonly (readonly [string, unknown])[]>()

/** Properties of a schema that have a default. */
function defaultsOf(schema: Schema): readonly (readonly [string, unknown])[] {
  let found = known.get(schema)
  if (!found) {
    found = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      property.default === undefined ? [] : [[name, property.default] as const],
    )
    known.set(schema, found)
  }
  return found
}
