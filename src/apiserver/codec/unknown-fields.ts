// Fields of a custom object that its structural schema does not name. They are told or refused here; pruning takes them out later.
import type { Schema } from '../schema.ts'
import { formatPath, MAX_FINDINGS } from './json.ts'
import { isObject } from './place.ts'

const OBJECT_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/** Paths (`spec.rules[0].foo`) that pruning would drop, at most MAX_FINDINGS. `metadata` of the object itself is not looked into. */
export function unknownFields(object: Readonly<Record<string, unknown>>, schema: Schema): string[] {
  const found: string[] = []
  walk(object, { ...schema, 'x-kubernetes-embedded-resource': true }, [], found)
  return found
}

function walk(value: unknown, schema: Schema, path: (string | number)[], found: string[]): void {
  if (Array.isArray(value)) {
    const { items } = schema
    if (!items) return
    for (const [index, item] of value.entries()) walk(item, items, [...path, index], found)
    return
  }
  if (!isObject(value) || schema['x-kubernetes-int-or-string']) return
  const { additionalProperties } = schema
  for (const key of Object.keys(value)) {
    if (schema['x-kubernetes-embedded-resource'] && OBJECT_FIELDS.has(key)) continue
    const properties = schema.properties ?? {}
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (inner) walk(value[key], inner, [...path, key], found)
    else if (additionalProperties !== true && !schema['x-kubernetes-preserve-unknown-fields']) {
      if (found.length < MAX_FINDINGS) found.push(formatPath([...path, key]))
    }
  }
}
