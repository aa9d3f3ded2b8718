// Whether the schema of a CRD is structural: every value has one type, known without looking at logical junctors. Texts as in apiextensions.
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { forbidden, invalid, notSupported, required } from '../validation/field-error.ts'
import { junctorErrors, missingCounterparts } from './structural-junctors.ts'
import { listErrors } from './structural-lists.ts'

/** JSONSchemaProps with the fields that structural schemas may not have. */
export type RawSchema = Schema & Readonly<Record<string, unknown>>

type Level = 'root' | 'item' | 'field'
const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
/** Fields of JSON schema that CRDs cannot use. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref']

/** All errors of a version's schema at `field`. */
export function structuralErrors(schema: RawSchema, field: string): FieldError[] {
  const errors = [...nodeErrors(schema, field, 'root'), ...missingCounterparts(schema, schema, field, field)]
  return errors.sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0))
}

function nodeErrors(schema: RawSchema, field: string, level: Level): FieldError[] {
  const { properties = {}, additionalProperties, items } = schema
  const errors = [
    ...unsupportedErrors(schema, field),
    ...typeErrors(schema, field, level),
    ...extensionErrors(schema, field),
    ...listErrors(schema, field),
    ...junctorErrors(schema, field),
  ]
  if (schema.type === 'array' && !items) errors.push(required(`${field}.items`, 'must be specified'))
  if (additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(`${field}.additionalProperties`, 'must not be used at the root'))
  }
  if (additionalProperties !== undefined && Object.keys(properties).length > 0) {
    errors.push(
      forbidden(`${field}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    )
  }
  if (level === 'root') errors.push(...rootErrors(schema, field))
  if (items) errors.push(...nodeErrors(items as RawSchema, `${field}.items`, 'item'))
  for (const [name, property] of Object.entries(properties)) {
    if (level === 'root' && name === 'metadata') continue
    errors.push(...nodeErrors(property as RawSchema, `${field}.properties[${name}]`, 'field'))
  }
  if (typeof additionalProperties === 'object') {
    errors.push(...nodeErrors(additionalProperties as RawSchema, `${field}.additionalProperties`, 'field'))
  }
  return errors
}

function unsupportedErrors(schema: RawSchema, field: string): FieldError[] {
  const errors = UNSUPPORTED.filter((name) => schema[name] !== undefined).map((name) =>
    forbidden(`${field}.${name}`, `${name} is not supported`),
  )
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${field}.items`, 'items must be a schema object and not an array'))
  }
  if (schema.uniqueItems === true) {
    errors.push(
      forbidden(
        `${field}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    )
  }
  return errors
}

function typeErrors(schema: RawSchema, field: string, level: Level): FieldError[] {
  const { type } = schema
  const path = `${field}.type`
  if (type !== undefined && !TYPES.includes(type)) return [notSupported(path, type, TYPES)]
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true'
    return [type === undefined ? required(path, text) : invalid(path, type, text)]
  }
  if (level === 'root' && type !== undefined && type !== 'object') {
    return [invalid(path, type, 'must be object at the root')]
  }
  const free =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  if (type !== undefined || free) return []
  const where = {
    root: 'must not be empty at the root',
    item: 'must not be empty for specified array items',
    field: 'must not be empty for specified object fields',
  }
  return [required(path, where[level])]
}

function extensionErrors(schema: RawSchema, field: string): FieldError[] {
  const errors: FieldError[] = []
  const at = (name: string): string => `${field}.${name}`
  const preserve = schema['x-kubernetes-preserve-unknown-fields']
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  if (preserve === false) {
    errors.push(invalid(at('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'))
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    const text = 'must be false if x-kubernetes-int-or-string is true'
    if (preserve) errors.push(invalid(at('x-kubernetes-preserve-unknown-fields'), true, text))
    if (embedded) errors.push(invalid(at('x-kubernetes-embedded-resource'), true, text))
  }
  if (embedded && schema.additionalProperties !== undefined) {
    errors.push(
      forbidden(at('additionalProperties'), 'must not be used if x-kubernetes-embedded-resource is set'),
    )
  }
  if (embedded && !preserve && Object.keys(schema.properties ?? {}).length === 0) {
    errors.push(
      required(
        at('properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    )
  }
  const mapType = schema['x-kubernetes-map-type'] as string | undefined
  if (mapType !== undefined && schema.type !== 'object') {
    const text = 'must be object if x-kubernetes-map-type is specified'
    errors.push(
      schema.type === undefined ? required(at('type'), text) : invalid(at('type'), schema.type, text),
    )
  }
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(at('x-kubernetes-map-type'), mapType, ['atomic', 'granular']))
  }
  return errors
}

/** The root says nothing of metadata but of name and generateName, and is never null. */
function rootErrors(schema: RawSchema, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (schema.nullable) errors.push(forbidden(`${field}.nullable`, 'nullable cannot be true at the root'))
  for (const name of ['kind', 'apiVersion']) {
    const type = schema.properties?.[name]?.type
    if (schema.properties?.[name] && type !== 'string') {
      errors.push(invalid(`${field}.properties[${name}].type`, type ?? '', 'must be string'))
    }
  }
  const metadata = schema.properties?.['metadata']
  if (!metadata) return errors
  const path = `${field}.properties[metadata]`
  if (metadata.type !== 'object') errors.push(invalid(`${path}.type`, metadata.type ?? '', 'must be object'))
  const { type: _t, description: _d, properties = {}, ...others } = metadata
  const known = Object.keys(properties).every((name) => name === 'name' || name === 'generateName')
  if (!known || Object.keys(others).length > 0) {
    errors.push(
      forbidden(
        path,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    )
  }
  return errors
}
