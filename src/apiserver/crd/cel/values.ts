// JSON values as CEL sees them: integers are int by their schema's type and not by their looks, times and durations are typed, field names are escaped.

import { isMap } from '../../patch/json.ts'
import type { Schema } from '../../schema.ts'

/** Makes durations; handed in, because only the CEL environment can. */
export type ToDuration = (text: string) => unknown

const KEYWORDS = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/** A property's name as a CEL identifier; undefined when it has none. */
export function escapeField(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`
  if (!/^[A-Za-z_.\-/][A-Za-z0-9_.\-/]*$/.test(name)) return undefined
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/** The value for CEL. `root` objects also show apiVersion, kind and the names in their metadata. */
export function toCel(
  value: unknown,
  schema: Schema | undefined,
  duration: ToDuration,
  root = false,
): unknown {
  if (typeof value === 'string') return textToCel(value, schema, duration)
  if (typeof value === 'number') return numberToCel(value, schema)
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items, duration))
  if (!isMap(value)) return value
  const { properties = {}, additionalProperties } = schema ?? {}
  const resource = root || schema?.['x-kubernetes-embedded-resource'] === true
  const out: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (resource && key === 'metadata') {
      out[key] = namesOf(field)
      continue
    }
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    const name = property || resource ? escapeField(key) : key
    if (name !== undefined && name !== '__proto__') out[name] = toCel(field, inner, duration)
  }
  return out
}

function namesOf(metadata: unknown): object {
  const { name, generateName } = (isMap(metadata) ? metadata : {}) as Record<string, unknown>
  return { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) }
}

function textToCel(text: string, schema: Schema | undefined, duration: ToDuration): unknown {
  switch (schema?.format) {
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'))
    case 'date':
    case 'date-time':
    case 'datetime':
      return new Date(text)
    case 'duration':
      return duration(text)
    default:
      return text
  }
}

function numberToCel(number: number, schema: Schema | undefined): unknown {
  return schema?.type !== 'number' && Number.isInteger(number) ? BigInt(number) : number
}
