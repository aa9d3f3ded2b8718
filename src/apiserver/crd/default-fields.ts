// Defaulting of custom objects by their schema, on write and again on read (for defaults that the CRD gained since).
import type { Schema } from '../schema.ts'
import { mapFields, mapList } from './prune.ts'

/** The value with defaults filled in, itself when nothing is missing. A null that may not be null takes the default, or goes. */
export function defaultFields<T>(value: T, schema: Schema): T {
  return (hasDefaults(schema) ? fill(value, schema) : value) as T
}

function fill(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema
    if (!items || !hasDefaults(items)) return value
    return mapList(value, (item) =>
      fill(replacesNull(item, items) ? structuredClone(items.default) : item, items),
    )
  }
  if (typeof value !== 'object' || value === null) return value
  const { properties = {}, additionalProperties } = schema
  let map = value as Readonly<Record<string, unknown>>
  for (const [name, property] of Object.entries(properties)) {
    if (property.default === undefined) continue
    if (map[name] === undefined || replacesNull(map[name], property)) {
      map = { ...map, [name]: structuredClone(property.default) }
    }
  }
  return mapFields(map, (key, field) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (!inner || !hasDefaults(inner)) return field
    return fill(replacesNull(field, inner) ? structuredClone(inner.default) : field, inner)
  })
}

const replacesNull = (value: unknown, schema: Schema): boolean =>
  value === null && schema.nullable !== true && schema.default !== undefined

const known = new WeakMap<Schema, boolean>()

/** Whether a schema has a default anywhere: most have none, and their objects need no walk. */
function hasDefaults(schema: Schema): boolean {
  let found = known.get(schema)
  if (found === undefined) {
    const { properties = {}, additionalProperties, items } = schema
    found =
      schema.default !== undefined ||
      Object.values(properties).some(hasDefaults) ||
      (typeof additionalProperties === 'object' && hasDefaults(additionalProperties)) ||
      (items !== undefined && hasDefaults(items))
    known.set(schema, found)
  }
  return found
}
