// Lists of type set and map: their items must be comparable, their keys scalars that are always there.
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { forbidden, invalid, notSupported, required } from '../validation/field-error.ts'

const SCALARS = ['boolean', 'integer', 'number', 'string']

/** Errors of the list extensions of one node. */
export function listErrors(schema: Schema, field: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'] as string | undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const errors: FieldError[] = []
  if (type !== undefined && schema.type !== 'array') {
    const text = 'must be array if x-kubernetes-list-type is specified'
    errors.push(
      schema.type === undefined
        ? required(`${field}.type`, text)
        : invalid(`${field}.type`, schema.type, text),
    )
  }
  if (type !== undefined && !['atomic', 'set', 'map'].includes(type)) {
    errors.push(notSupported(`${field}.x-kubernetes-list-type`, type, ['atomic', 'set', 'map']))
  }
  if (keys.length > 0 && type !== 'map') {
    const text = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const path = `${field}.x-kubernetes-list-type`
    errors.push(type === undefined ? required(path, text) : invalid(path, type, text))
  }
  if (type === 'set') errors.push(...setErrors(schema.items, `${field}.items`))
  if (type === 'map') errors.push(...mapErrors(schema, keys, field))
  return errors
}

function setErrors(items: Schema | undefined, field: string): FieldError[] {
  if (!items) return []
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const errors: FieldError[] = []
  if (items.nullable)
    errors.push(forbidden(`${field}.nullable`, 'cannot be nullable when x-kubernetes-list-type is set'))
  const listType = items['x-kubernetes-list-type']
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    errors.push(invalid(`${field}.x-kubernetes-list-type`, listType, text))
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    errors.push(invalid(`${field}.x-kubernetes-map-type`, items['x-kubernetes-map-type'] ?? null, text))
  }
  return errors
}

function mapErrors(schema: Schema, keys: readonly string[], field: string): FieldError[] {
  if (keys.length === 0) {
    return [
      required(`${field}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
    ]
  }
  const { items } = schema
  if (!items) return [required(`${field}.items`, 'must have a schema if x-kubernetes-list-type is map')]
  if (items.type !== 'object') {
    return [
      invalid(
        `${field}.items.type`,
        items.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    ]
  }
  const errors: FieldError[] = []
  const path = `${field}.x-kubernetes-list-map-keys`
  if (items.nullable) {
    errors.push(forbidden(`${field}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is map'))
  }
  if (new Set(keys).size !== keys.length)
    errors.push(invalid(path, keys, 'must not contain duplicate entries'))
  for (const key of keys) {
    const property = items.properties?.[key]
    const at = `${field}.items.properties[${key}]`
    if (!property) {
      errors.push(invalid(path, keys, 'entries must all be names of item properties'))
      continue
    }
    if (property.type !== undefined && !SCALARS.includes(property.type)) {
      errors.push(
        invalid(
          `${at}.type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      )
    }
    if (property.default === undefined && !items.required?.includes(key)) {
      errors.push(
        required(
          `${at}.default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      )
    }
    if (property.nullable) {
      errors.push(
        forbidden(
          `${at}.nullable`,
          'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
        ),
      )
    }
  }
  return errors
}
