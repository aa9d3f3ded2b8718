// Pruning: fields that a custom kind's schema does not know are dropped before anything else looks at the object.
import type { Schema } from '../schema.ts'

type JsonMap = Readonly<Record<string, unknown>>
const META = new Set(['apiVersion', 'kind', 'metadata'])

/** The object without unknown fields, itself when there are none. At the root (and in embedded resources) apiVersion, kind and metadata always stay. */
export function prune<T>(value: T, schema: Schema): T {
  return pruneValue(value, { ...schema, 'x-kubernetes-embedded-resource': true }) as T
}

function pruneValue(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) {
    const items = schema?.items
    if (!preserves(schema)) return mapList(value, (item) => pruneValue(item, items))
    const lenient: Schema = { ...items, 'x-kubernetes-preserve-unknown-fields': true }
    return mapList(value, (item) => pruneValue(item, lenient))
  }
  if (typeof value !== 'object' || value === null) return value
  const { properties = {}, additionalProperties } = schema ?? {}
  const keep = preserves(schema)
  return mapFields(value as JsonMap, (key, field) => {
    if (schema?.['x-kubernetes-embedded-resource'] && META.has(key)) return field
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (property) return pruneValue(field, property)
    if (typeof additionalProperties === 'object') return pruneValue(field, additionalProperties)
    if (additionalProperties === true || keep) return field
    return undefined
  })
}

const preserves = (schema: Schema | undefined): boolean =>
  schema?.['x-kubernetes-preserve-unknown-fields'] === true

/** A copy with each field replaced, undefined dropped; the same object when nothing changes. */
export function mapFields(map: JsonMap, change: (key: string, field: unknown) => unknown): JsonMap {
  let out: Record<string, unknown> | undefined
  for (const key of Object.keys(map)) {
    const field = map[key]
    const changed = change(key, field)
    if (changed === field) continue
    out ??= { ...map }
    if (changed === undefined) delete out[key]
    else out[key] = changed
  }
  return out ?? map
}

/** A copy with each item replaced; the same list when nothing changes. */
export function mapList(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const out = list.map(change)
  return out.every((item, index) => item === list[index]) ? list : out
}
