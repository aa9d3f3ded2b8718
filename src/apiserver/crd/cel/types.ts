// The CEL types of a schema, declared in a checking environment, so that a rule which names a field that is not there is refused with its CRD.
import type { Environment } from '@marcbachmann/cel-js'
import type { Schema } from '../../schema.ts'
import { escapeField } from './values.ts'

const FORMATS: Readonly<Record<string, string>> = {
  byte: 'bytes',
  date: 'google.protobuf.Timestamp',
  'date-time': 'google.protobuf.Timestamp',
  datetime: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
}
const SCALARS: Readonly<Record<string, string>> = {
  boolean: 'bool',
  integer: 'int',
  number: 'double',
  string: 'string',
}

/** Declares the objects of a schema in an environment and gives the names of types. */
export class TypeNames {
  readonly #environment: Environment
  readonly #names = new Map<Schema, string>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** The type of values of a schema. `root`: the object itself, with its apiVersion, kind and names. */
  of(schema: Schema, root = false): string {
    if (schema['x-kubernetes-int-or-string'] || schema.nullable) return 'dyn'
    const { type, items, additionalProperties, format } = schema
    if (type === 'array') return `list<${items ? this.of(items) : 'dyn'}>`
    if (type !== 'object') return (format && FORMATS[format]) ?? SCALARS[type ?? ''] ?? 'dyn'
    if (typeof additionalProperties === 'object') return `map<string, ${this.of(additionalProperties)}>`
    if (schema['x-kubernetes-preserve-unknown-fields'] || additionalProperties === true) return 'dyn'
    return this.#object(schema, root || schema['x-kubernetes-embedded-resource'] === true)
  }

  #object(schema: Schema, resource: boolean): string {
    const known = this.#names.get(schema)
    if (known) return known
    const name = `Object${this.#names.size}`
    this.#names.set(schema, name)
    const fields: Record<string, string> = {}
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const field = escapeField(key)
      if (field !== undefined) fields[field] = this.of(property)
    }
    if (resource)
      Object.assign(fields, { apiVersion: 'string', kind: 'string', metadata: 'map<string, string>' })
    this.#environment.registerType(name, { fields })
    return name
  }
}
