// JSON values become objects of a Go type, as encoding/json would decode and re-encode them: unknown fields go, empty optional fields go, types are checked.
import { normalizeBase64 } from './base64.ts'
import { GoError } from './go-error.ts'
import { specialFromJson } from './go-special.ts'
import { type GoField, type GoStruct, type GoType, goTypeName, type Scalar } from './go-type.ts'
import { formatPath, MAX_FINDINGS, setOwn } from './json.ts'
import { isObject, type Place, typeError } from './place.ts'

/** Decodes into a struct. Throws GoError for a value of the wrong type; unknown fields are collected in `place.unknown`. */
export function structFromJson(value: unknown, struct: GoStruct, place: Place): Record<string, unknown> {
  if (!isObject(value)) throw typeError(value, struct.goName, place)
  for (const key of Object.keys(value)) {
    if (struct.byJson.has(key) || place.unknown.length >= MAX_FINDINGS) continue
    place.unknown.push(formatPath([...place.path, key]))
  }
  const out: Record<string, unknown> = {}
  const outer = place.struct
  for (const field of struct.fields) {
    place.struct = struct.name
    place.path.push(field.json)
    place.fields.push(field.json)
    const present = Object.hasOwn(value, field.json) ? value[field.json] : undefined
    const decoded = fieldFromJson(present, field, place)
    if (decoded !== undefined) out[field.json] = decoded
    place.path.pop()
    place.fields.pop()
  }
  place.struct = outer
  return out
}

/** What is stored of a field: undefined when Go would leave it out of its output. */
function fieldFromJson(value: unknown, field: GoField, place: Place): unknown {
  const decoded = value === undefined || value === null ? undefined : fromJson(value, field.type, place)
  if (decoded === undefined) return field.omitZero ? undefined : absent(field, place)
  return field.omitEmpty && isEmpty(decoded, field.type) ? undefined : decoded
}

/** A field that is not there: structs are never left out by Go, scalars only where they are optional. Nulls that Go would write are left out. */
function absent(field: GoField, place: Place): unknown {
  if (field.type.kind === 'struct') return structFromJson({}, field.type.struct, place)
  if (field.type.kind === 'scalar' && !field.omitEmpty) return ZERO[field.type.scalar]
  return undefined
}

const ZERO: Readonly<Record<Scalar, unknown>> = { string: '', bool: false, int32: 0, int64: 0, float64: 0 }

function isEmpty(value: unknown, type: GoType): boolean {
  switch (type.kind) {
    case 'scalar':
      return value === ZERO[type.scalar]
    case 'bytes':
      return value === ''
    case 'slice':
      return (value as unknown[]).length === 0
    case 'map':
      return Object.keys(value as object).length === 0
    case 'special':
      return type.special === 'strings' && (value as unknown[]).length === 0
    default:
      return false
  }
}

/** Decodes a value that is neither absent nor null. */
function fromJson(value: unknown, type: GoType, place: Place): unknown {
  switch (type.kind) {
    case 'scalar':
      return scalarFromJson(value, type.scalar, type.goName, place)
    case 'bytes':
      return bytesFromJson(value, place)
    case 'pointer':
      return fromJson(value, type.of, place)
    case 'struct':
      return structFromJson(value, type.struct, place)
    case 'special':
      return specialFromJson(value, type.special, place, { structFromJson, elements: sliceFromJson })
    case 'slice':
      return sliceFromJson(value, type.of, place)
    case 'map':
      return mapFromJson(value, type.of, place)
  }
}

function sliceFromJson(value: unknown, of: GoType, place: Place): unknown[] {
  if (!Array.isArray(value)) throw typeError(value, `[]${goTypeName(of)}`, place)
  return value.map((item, index) => {
    place.path.push(index)
    const decoded = elementFromJson(item, of, place)
    place.path.pop()
    return decoded
  })
}

function mapFromJson(value: unknown, of: GoType, place: Place): Record<string, unknown> {
  if (!isObject(value)) throw typeError(value, `map[string]${goTypeName(of)}`, place)
  const out: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    place.path.push(key)
    setOwn(out, key, elementFromJson(value[key], of, place))
    place.path.pop()
  }
  return out
}

/** A null element is the zero value of its type. */
function elementFromJson(value: unknown, type: GoType, place: Place): unknown {
  if (value !== null) return fromJson(value, type, place)
  if (type.kind === 'struct') return structFromJson({}, type.struct, place)
  if (type.kind === 'scalar') return ZERO[type.scalar]
  if (type.kind === 'bytes') return ''
  return null
}

function scalarFromJson(value: unknown, scalar: Scalar, goName: string, place: Place): unknown {
  if (scalar === 'string' || scalar === 'bool') {
    if (typeof value === (scalar === 'string' ? 'string' : 'boolean')) return value
    throw typeError(value, goName, place)
  }
  if (typeof value !== 'number') throw typeError(value, goName, place)
  if (scalar === 'float64' || fits(value, scalar)) return value
  throw typeError(value, goName, place, `number ${value}`)
}

const fits = (value: number, scalar: 'int32' | 'int64'): boolean =>
  Number.isInteger(value) &&
  (scalar === 'int32' ? value === (value | 0) : value >= -(2 ** 63) && value < 2 ** 63)

function bytesFromJson(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw typeError(value, '[]uint8', place)
  const normalized = normalizeBase64(value)
  if ('error' in normalized) throw new GoError(normalized.error)
  return normalized.text
}
