// Lists of type set and map hold each item once.
import { canonicalJson } from '../apply/canonical-json.ts'
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { duplicate, invalid } from '../validation/field-error.ts'

/** Errors of all sets and keyed lists below a value. */
export function uniquenessErrors(value: unknown, schema: Schema, field: string): FieldError[] {
  if (!hasUniqueLists(schema)) return []
  if (Array.isArray(value)) {
    const { items } = schema
    const below = items ? value.flatMap((item, at) => uniquenessErrors(item, items, `${field}[${at}]`)) : []
    return [...ownErrors(value, schema, field), ...below]
  }
  if (typeof value !== 'object' || value === null) return []
  const { properties = {}, additionalProperties } = schema
  return Object.entries(value).flatMap(([key, one]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (property) return uniquenessErrors(one, property, field === '' ? key : `${field}.${key}`)
    return typeof additionalProperties === 'object'
      ? uniquenessErrors(one, additionalProperties, `${field}[${key}]`)
      : []
  })
}

function ownErrors(list: readonly unknown[], schema: Schema, field: string): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return repeated(list, field, (item) => item)
  if (type !== 'map') return []
  const wrong = list.findIndex((item) => item !== null && (typeof item !== 'object' || Array.isArray(item)))
  if (wrong >= 0) {
    return [invalid(`${field}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map')]
  }
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return repeated(list, field, (item) => {
    const map = (item ?? {}) as Readonly<Record<string, unknown>>
    return Object.fromEntries(keys.flatMap((key) => (map[key] === undefined ? [] : [[key, map[key]]])))
  })
}

/** One error for each thing that is there more than once, at its second place. */
function repeated(list: readonly unknown[], field: string, id: (item: unknown) => unknown): FieldError[] {
  const times = new Map<string, number>()
  return list.flatMap((item, index) => {
    const what = id(item)
    const key = canonicalJson(what)
    const before = times.get(key) ?? 0
    times.set(key, before + 1)
    return before === 1 ? [duplicate(`${field}[${index}]`, what)] : []
  })
}

const known = new WeakMap<Schema, boolean>()
function hasUniqueLists(schema: Schema): boolean {
  let found = known.get(schema)
  if (found === undefined) {
    const { properties = {}, additionalProperties, items } = schema
    const type = schema['x-kubernetes-list-type']
    found =
      type === 'set' ||
      type === 'map' ||
      Object.values(properties).some(hasUniqueLists) ||
      (typeof additionalProperties === 'object' && hasUniqueLists(additionalProperties)) ||
      (items !== undefined && hasUniqueLists(items))
    known.set(schema, found)
  }
  return found
}
