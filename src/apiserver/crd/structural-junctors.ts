// allOf, anyOf, oneOf and not only add checks to values whose type is known: what they may not say, and what must be said outside of them.
import type { FieldError } from '../kind.ts'
import type { Schema } from '../schema.ts'
import { forbidden, invalid, required } from '../validation/field-error.ts'
import { compilePattern } from './pattern.ts'

type Raw = Schema & Readonly<Record<string, unknown>>
const LISTS = ['allOf', 'anyOf', 'oneOf'] as const

/** What a junctor may not set, with the word for its absence. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  type: 'empty',
  additionalProperties: 'undefined',
  default: 'undefined',
  title: 'empty',
  description: 'empty',
  nullable: 'false',
  'x-kubernetes-preserve-unknown-fields': 'false',
  'x-kubernetes-embedded-resource': 'false',
  'x-kubernetes-int-or-string': 'false',
  'x-kubernetes-list-map-keys': 'empty',
  'x-kubernetes-list-type': 'undefined',
  'x-kubernetes-map-type': 'undefined',
  'x-kubernetes-validations': 'empty',
}

/** Errors of the junctors and the pattern of one node. */
export function junctorErrors(schema: Raw, field: string): FieldError[] {
  const { pattern } = schema
  const compiled = pattern === undefined ? undefined : compilePattern(pattern)
  const errors =
    compiled && 'error' in compiled
      ? [
          invalid(
            `${field}.pattern`,
            pattern,
            `must be a valid regular expression, but isn't: ${compiled.error}`,
          ),
        ]
      : []
  const first = schema.allOf?.[0]
  for (const { inner, path } of junctors(schema, field, isTypesOnly(schema.anyOf))) {
    errors.push(...nestedErrors(inner as Raw, path, inner === first && isTypesOnly(first.anyOf)))
  }
  return errors
}

/** int-or-string may say its types again: `anyOf: [{type: integer}, {type: string}]`, by itself or as the first of allOf. */
function isTypesOnly(anyOf: readonly Schema[] | undefined): boolean {
  const types = anyOf?.map((one) => (Object.keys(one).length === 1 ? one.type : undefined))
  return types?.length === 2 && types[0] === 'integer' && types[1] === 'string'
}

function nestedErrors(schema: Raw, field: string, skipAnyOf: boolean): FieldError[] {
  const errors = Object.entries(FORBIDDEN).flatMap(([name, absent]) => {
    const value = schema[name]
    const unset =
      value === undefined || value === false || value === '' || (Array.isArray(value) && value.length === 0)
    return unset ? [] : [forbidden(`${field}.${name}`, `must be ${absent} to be structural`)]
  })
  const { properties = {}, items } = schema
  if (properties['metadata']) {
    errors.push(forbidden(`${field}.properties[metadata]`, 'must not be specified in a nested context'))
  }
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...nestedErrors(property as Raw, `${field}.properties[${name}]`, false))
  }
  if (items) errors.push(...nestedErrors(items as Raw, `${field}.items`, false))
  for (const { inner, path } of junctors(schema, field, skipAnyOf)) {
    errors.push(...nestedErrors(inner as Raw, path, false))
  }
  return errors
}

/** The schemas of a node's junctors with their places. */
function junctors(schema: Schema, field: string, skipAnyOf = false): { inner: Schema; path: string }[] {
  const lists = LISTS.filter((name) => !(skipAnyOf && name === 'anyOf')).flatMap((name) =>
    (schema[name] ?? []).map((inner, index) => ({ inner, path: `${field}.${name}[${index}]` })),
  )
  return schema.not ? [...lists, { inner: schema.not, path: `${field}.not` }] : lists
}

/** Fields that a junctor speaks of and the structure does not. */
export function missingCounterparts(
  value: Schema,
  structure: Schema | undefined,
  structurePath: string,
  valuePath: string,
  inJunctor = false,
): FieldError[] {
  if (!structure) return [required(structurePath, `because it is defined in ${valuePath}`)]
  const errors = junctors(value, valuePath).flatMap(({ inner, path }) =>
    missingCounterparts(inner, structure, structurePath, path, true),
  )
  for (const [name, property] of Object.entries(value.properties ?? {})) {
    // `b: {}` says nothing of b
    if (inJunctor && Object.keys(property).length === 0) continue
    const [below, path] = [`.properties[${name}]`, structure.properties?.[name]]
    errors.push(...missingCounterparts(property, path, structurePath + below, valuePath + below, inJunctor))
  }
  if (value.items) {
    errors.push(
      ...missingCounterparts(
        value.items,
        structure.items,
        `${structurePath}.items`,
        `${valuePath}.items`,
        inJunctor,
      ),
    )
  }
  if (!inJunctor && typeof value.additionalProperties === 'object') {
    const path = '.additionalProperties'
    errors.push(
      ...missingCounterparts(
        value.additionalProperties,
        value.additionalProperties,
        structurePath + path,
        valuePath + path,
      ),
    )
  }
  return errors
}
