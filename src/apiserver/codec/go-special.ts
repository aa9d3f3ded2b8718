// JSON forms of the types that decode themselves in Go: times, quantities, int-or-string, and the unions inside JSONSchemaProps.
import { GoError } from './go-error.ts'
import { normalizeTime, type Precision } from './go-time.ts'
import { type GoStruct, type GoType, goStruct, JSON_SCHEMA, type Special } from './go-type.ts'
import { type Place, typeError } from './place.ts'
import { canonicalQuantity, QUANTITY_ERROR } from './quantity.ts'

/** The general decoder, handed in because it calls this one. */
export interface Decoder {
  readonly structFromJson: (value: unknown, struct: GoStruct, place: Place) => unknown
  readonly elements: (value: unknown, of: GoType, place: Place) => unknown[]
}

const STRING: GoType = { kind: 'scalar', scalar: 'string', goName: 'string' }

/** Decodes a value that is not null. Throws GoError. */
export function specialFromJson(value: unknown, special: Special, place: Place, decoder: Decoder): unknown {
  switch (special) {
    case 'time':
      return timeFromJson(value, 'seconds', place)
    case 'micro-time':
      return timeFromJson(value, 'micros', place)
    case 'quantity':
      return quantityFromJson(value)
    case 'int-or-string':
      if (typeof value === 'string') return value
      if (typeof value !== 'number') throw typeError(value, 'int32', place)
      if (value !== (value | 0)) throw typeError(value, 'int32', place, `number ${value}`)
      return value
    case 'raw':
      return value
    case 'strings':
      return decoder.elements(value, STRING, place)
    case 'schema-or-bool':
      if (typeof value === 'boolean') return value
      if (typeof value === 'object' && !Array.isArray(value)) return schema(value, place, decoder)
      throw new GoError('boolean or JSON schema expected')
    case 'schema-or-array':
      return Array.isArray(value)
        ? decoder.elements(value, { kind: 'struct', struct: goStruct(JSON_SCHEMA) }, place)
        : schema(value, place, decoder)
    case 'schema-or-strings':
      return Array.isArray(value) ? decoder.elements(value, STRING, place) : schema(value, place, decoder)
  }
}

function schema(value: unknown, place: Place, decoder: Decoder): unknown {
  return decoder.structFromJson(value, goStruct(JSON_SCHEMA), place)
}

function timeFromJson(value: unknown, precision: Precision, place: Place): string {
  if (typeof value !== 'string') throw typeError(value, 'string', place)
  const normalized = normalizeTime(value, precision)
  if ('error' in normalized) throw new GoError(normalized.error)
  return normalized.text
}

function quantityFromJson(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value
  const canonical = typeof text === 'string' ? canonicalQuantity(text) : undefined
  if (canonical === undefined) throw new GoError(QUANTITY_ERROR)
  return canonical
}
