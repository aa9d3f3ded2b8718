// Objects within objects (x-kubernetes-embedded-resource) say what they are.
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { invalid, required } from '../validation/field-error.ts'
import { dns1035Label } from '../validation/names.ts'

/** Errors of all embedded resources below a value. */
export function embeddedErrors(value: unknown, schema: Schema, field: string): FieldError[] {
  if (!hasEmbedded(schema) || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.flatMap((item, index) => embeddedErrors(item, items, `${field}[${index}]`)) : []
  }
  const map = value as Readonly<Record<string, unknown>>
  const { properties = {}, additionalProperties } = schema
  const own = schema['x-kubernetes-embedded-resource'] === true ? typeMetaErrors(map, field) : []
  const below = Object.entries(map).flatMap(([key, one]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (property) return embeddedErrors(one, property, field === '' ? key : `${field}.${key}`)
    return typeof additionalProperties === 'object'
      ? embeddedErrors(one, additionalProperties, `${field}[${key}]`)
      : []
  })
  return [...own, ...below]
}

function typeMetaErrors(map: Readonly<Record<string, unknown>>, field: string): FieldError[] {
  return (['apiVersion', 'kind'] as const).flatMap((name) => {
    const value = map[name]
    const path = `${field}.${name}`
    if (value === undefined) return [required(path)]
    if (typeof value !== 'string') return [invalid(path, value, 'must be a string')]
    if (value === '') return [invalid(path, value, 'must not be empty')]
    const wrong = name === 'kind' ? dns1035Label(value.toLowerCase()).join(',') : ''
    return wrong ? [invalid(path, value, `may have mixed case, but should otherwise match: ${wrong}`)] : []
  })
}

const known = new WeakMap<Schema, boolean>()
function hasEmbedded(schema: Schema): boolean {
  let found = known.get(schema)
  if (found === undefined) {
    const { properties = {}, additionalProperties, items } = schema
    found =
      schema['x-kubernetes-embedded-resource'] === true ||
      Object.values(properties).some(hasEmbedded) ||
      (typeof additionalProperties === 'object' && hasEmbedded(additionalProperties)) ||
      (items !== undefined && hasEmbedded(items))
    known.set(schema, found)
  }
  return found
}
