// OpenAPI validation of custom objects; texts as kube-openapi prints them, because suites compare them.
// With an old value, errors in parts that did not change do not count (validation ratcheting).

import type { FieldError } from '../kind.ts'
import { sameJson } from '../pipeline/same-json.ts'
import type { Schema } from '../schema.ts'
import { notSupported, required, tooLong, tooMany } from '../validation/field-error.ts'
import { hasFormat } from './formats.ts'
import { correlate } from './list-identity.ts'
import { matchesPattern } from './pattern.ts'

/** Everything wrong with a value by its schema. `old` is the value that an update replaces. */
export function schemaErrors(value: unknown, schema: Schema, field = '', old?: unknown): FieldError[] {
  if (old !== undefined && sameJson(value, old)) return []
  const typed = typeErrors(value, schema, field)
  if (value === null) return [...typed, ...enumErrors(value, schema, field)]
  return [
    ...typed,
    ...combinedErrors(value, schema, field, old),
    ...(typeof value === 'string' ? stringErrors(value, schema, field) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, field) : []),
    ...(Array.isArray(value) ? listErrors(value, schema, field, old) : []),
    ...enumErrors(value, schema, field),
    ...(isMap(value) ? mapErrors(value, schema, field, old) : []),
  ]
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An error whose text names the place again: `spec.x in body should match '…'`. */
const inBody = (field: string, value: unknown, text: string): FieldError => ({
  field: field === '' ? '<nil>' : field,
  type: 'Invalid',
  value,
  detail: `${field} in body ${text}`,
})

function typeErrors(value: unknown, schema: Schema, field: string): FieldError[] {
  const anyOf = schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : schema.type
  if (anyOf === undefined) return []
  const actual = typeName(value)
  if (actual === 'null' && schema.nullable === true) return []
  const fits = anyOf.split(',').some((type) => type === actual || (type === 'number' && actual === 'integer'))
  if (fits) return []
  // of a value that is no text, upstream compares formats where the schema has one
  const byFormat = schema.format !== undefined && typeof value !== 'string' && !Array.isArray(value)
  const shown = byFormat ? (FORMAT_OF[actual] ?? '') : actual
  const expected = byFormat ? schema.format : anyOf
  return [{ ...inBody(field, shown, `must be of type ${expected}: "${shown}"`), type: 'TypeInvalid' }]
}

/** The format of a Go number. */
const FORMAT_OF: Readonly<Record<string, string>> = { integer: 'int64', number: 'float64' }

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'bigint') return 'integer'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function enumErrors(value: unknown, schema: Schema, field: string): FieldError[] {
  if (!schema.enum || schema.enum.some((one) => sameJson(one, value))) return []
  const texts = schema.enum.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  return [notSupported(field, value, texts)]
}

/** The first of length and pattern that fails, and the format. */
function stringErrors(value: string, schema: Schema, field: string): FieldError[] {
  const errors = textErrors(value, schema, field).slice(0, 1)
  const { format, type } = schema
  if (
    format !== undefined &&
    (type === undefined || type === 'string') &&
    hasFormat(value, format) === false
  ) {
    errors.push({
      ...inBody(field, value, `must be of type ${format}: ${JSON.stringify(value)}`),
      type: 'TypeInvalid',
    })
  }
  return errors
}

function textErrors(value: string, { minLength, maxLength, pattern }: Schema, field: string): FieldError[] {
  const errors: FieldError[] = []
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(field, maxLength))
  if (minLength !== undefined && length < minLength) {
    errors.push(inBody(field, value, `should be at least ${minLength} chars long`))
  }
  if (pattern !== undefined && !matchesPattern(value, pattern)) {
    errors.push(inBody(field, value, `should match '${pattern}'`))
  }
  return errors
}

/** Bounds of the numeric formats. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
}

function numberErrors(value: number, schema: Schema, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum, format, type } = schema
  const range = format === undefined ? undefined : RANGES[format]
  if (range && type !== 'string' && (value < range[0] || value > range[1])) {
    errors.push(atNoField(`Checked value must be of type ${type} with format ${format} in ${field}`))
  }
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    errors.push(inBody(field, value, `should be a multiple of ${multipleOf}`))
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(
      inBody(field, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`),
    )
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(
      inBody(field, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`),
    )
  }
  return errors
}

function isMultiple(value: number, factor: number): boolean {
  const times = value / factor
  return Math.abs(times - Math.round(times)) < 1e-9
}

function listErrors(list: readonly unknown[], schema: Schema, field: string, old: unknown): FieldError[] {
  const { items, minItems, maxItems, uniqueItems } = schema
  const before = correlate(schema, old)
  const errors = items
    ? list.flatMap((item, index) => schemaErrors(item, items, `${field}[${index}]`, before(item)))
    : []
  if (minItems !== undefined && list.length < minItems) {
    errors.push(inBody(field, list.length, `should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(field, list.length, maxItems))
  if (uniqueItems && list.some((item, at) => list.slice(0, at).some((other) => sameJson(item, other)))) {
    errors.push(inBody(field, list, "shouldn't contain duplicates"))
  }
  return errors
}

function mapErrors(
  map: Readonly<Record<string, unknown>>,
  schema: Schema,
  field: string,
  old: unknown,
): FieldError[] {
  const { properties = {}, additionalProperties, minProperties, maxProperties } = schema
  const errors: FieldError[] = []
  const size = Object.keys(map).length
  if (minProperties !== undefined && size < minProperties) {
    errors.push(inBody(field, size, `should have at least ${minProperties} properties`))
  }
  if (maxProperties !== undefined && size > maxProperties) errors.push(tooMany(field, size, maxProperties))
  for (const [key, value] of Object.entries(map)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    if (!inner) {
      if (additionalProperties === false) {
        errors.push({
          field,
          type: 'Invalid',
          value: '',
          detail: `${field}.${key} in body is a forbidden property`,
        })
      }
      continue
    }
    const before = isMap(old) ? old[key] : undefined
    errors.push(...schemaErrors(value, inner, field === '' ? key : `${field}.${key}`, before))
  }
  for (const key of schema.required ?? []) {
    if (map[key] === undefined) errors.push(required(field === '' ? key : `${field}.${key}`))
  }
  return errors
}

/** Upstream reports these at no field at all, and names the place in the text. */
const atNoField = (text: string): FieldError => ({ field: '<nil>', type: 'Invalid', value: '', detail: text })

function combinedErrors(value: unknown, schema: Schema, field: string, old: unknown): FieldError[] {
  const { allOf, anyOf, oneOf, not } = schema
  if (!allOf && !anyOf && !oneOf && !not) return []
  const errors: FieldError[] = []
  const tried = (schemas: readonly Schema[]) => schemas.map((one) => schemaErrors(value, one, field, old))
  const place = `"${field}"`
  if (anyOf) {
    const results = tried(anyOf)
    if (results.every((result) => result.length > 0)) {
      errors.push(
        atNoField(`${place} must validate at least one schema (anyOf)`),
        ...best(value, anyOf, results),
      )
    }
  }
  if (oneOf) {
    const results = tried(oneOf)
    const valid = results.filter((result) => result.length === 0).length
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
    if (valid !== 1) {
      errors.push(
        atNoField(`${place} must validate one and only one schema (oneOf). ${found}`),
        ...(valid === 0 ? best(value, oneOf, results) : []),
      )
    }
  }
  if (allOf) {
    const results = tried(allOf)
    errors.push(...results.flat())
    const failed = results.filter((result) => result.length > 0).length
    if (failed > 0) {
      const none = failed === results.length ? '. None validated' : ''
      errors.push(atNoField(`${place} must validate all the schemas (allOf)${none}`))
    }
  }
  if (not && schemaErrors(value, not, field, old).length === 0) {
    errors.push(atNoField(`${place} must not validate the schema (not)`))
  }
  return errors
}

/** The errors of the alternative that comes nearest: the first of those that say most about what is there. */
function best(
  value: unknown,
  schemas: readonly Schema[],
  results: readonly (readonly FieldError[])[],
): readonly FieldError[] {
  const matches = schemas.map((schema) => matchCount(value, schema))
  return results[matches.indexOf(Math.max(...matches))] ?? []
}

/** How many nodes of a value a schema speaks of. */
function matchCount(value: unknown, schema: Schema): number {
  const { properties = {}, items } = schema
  if (Array.isArray(value))
    return 1 + (items ? value.reduce<number>((sum, item) => sum + matchCount(item, items), 0) : 0)
  if (!isMap(value)) return 1
  return Object.entries(properties).reduce(
    (sum, [name, property]) => (value[name] === undefined ? sum : sum + matchCount(value[name], property)),
    1,
  )
}
