// Protobuf messages of the built-in kinds become JSON values, by the field numbers of the Go types. from-json.ts then decides what of them is kept.

import { formatTime } from './go-time.ts'
import {
  type GoField,
  type GoStruct,
  type GoType,
  goStruct,
  JSON_SCHEMA,
  type Scalar,
  type Special,
} from './go-type.ts'
import { parseJson, setOwn } from './json.ts'
import { ProtobufError, readFields, readVarint, signedNumber, utf8, type Wire } from './protobuf-reader.ts'

/** Nesting beyond this is refused (protobuf's own limit in most languages). */
const MAX_DEPTH = 100

/** Reads a message. Throws ProtobufError, or JsonSyntaxError for an embedded JSON value. */
export function structFromProtobuf(bytes: Uint8Array, struct: GoStruct, depth = 0): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  readInto(out, bytes, struct, depth)
  return out
}

function readInto(out: Record<string, unknown>, bytes: Uint8Array, struct: GoStruct, depth: number): void {
  if (depth > MAX_DEPTH) throw new ProtobufError('proto: exceeded max depth')
  for (const { number, wire } of readFields(bytes)) {
    const field = struct.byNumber.get(number)
    if (!field) continue
    if ('inline' in field) readInto(out, bytesOf(wire), field.inline, depth + 1)
    else readField(out, wire, field, depth)
  }
}

function readField(out: Record<string, unknown>, wire: Wire, field: GoField, depth: number): void {
  const type = field.type.kind === 'pointer' ? field.type.of : field.type
  if (type.kind === 'slice') {
    out[field.json] ??= []
    const list = out[field.json] as unknown[]
    if (wire.type === 'bytes' && type.of.kind === 'scalar' && type.of.scalar !== 'string') {
      readPacked(list, wire.bytes, type.of.scalar)
    } else list.push(readValue(wire, type.of, depth))
  } else if (type.kind === 'map') {
    out[field.json] ??= {}
    readEntry(out[field.json] as Record<string, unknown>, bytesOf(wire), type.of, depth)
  } else {
    const value = readValue(wire, type, depth)
    if (value !== undefined) out[field.json] = value
  }
}

function readEntry(map: Record<string, unknown>, bytes: Uint8Array, of: GoType, depth: number): void {
  let key = ''
  let value: unknown
  for (const { number, wire } of readFields(bytes)) {
    if (number === 1) key = utf8(bytesOf(wire))
    else if (number === 2) value = readValue(wire, of, depth)
  }
  setOwn(map, key, value ?? null)
}

function readPacked(list: unknown[], bytes: Uint8Array, scalar: Scalar): void {
  for (let at = 0; at < bytes.length; ) {
    const { low, high, next } = readVarint(bytes, at)
    list.push(readScalar({ type: 'varint', low, high }, scalar))
    at = next
  }
}

function readValue(wire: Wire, type: GoType, depth: number): unknown {
  switch (type.kind) {
    case 'scalar':
      return readScalar(wire, type.scalar)
    case 'bytes':
      return Buffer.from(bytesOf(wire)).toString('base64')
    case 'struct':
      return structFromProtobuf(bytesOf(wire), type.struct, depth + 1)
    case 'special':
      return readSpecial(bytesOf(wire), type.special, depth)
    case 'pointer':
      return readValue(wire, type.of, depth)
    default:
      throw new ProtobufError('proto: a list or map inside a list or map')
  }
}

function readScalar(wire: Wire, scalar: Scalar): unknown {
  if (scalar === 'string') return utf8(bytesOf(wire))
  if (scalar === 'float64') {
    if (wire.type !== 'fixed64') throw wrongType()
    const number = new DataView(wire.bytes.buffer, wire.bytes.byteOffset, 8).getFloat64(0, true)
    if (!Number.isFinite(number)) throw new ProtobufError(`json: unsupported value: ${number}`)
    return number
  }
  if (wire.type !== 'varint') throw wrongType()
  if (scalar === 'bool') return wire.low !== 0 || wire.high !== 0
  return scalar === 'int32' ? wire.low | 0 : signedNumber(wire.low, wire.high)
}

/** undefined: the message is empty and stands for nothing (a zero time is not 1970). */
function readSpecial(bytes: Uint8Array, special: Special, depth: number): unknown {
  const fields = [...readFields(bytes)]
  const first = (number: number) => fields.findLast((field) => field.number === number)?.wire
  const integer = (number: number) => {
    const wire = first(number)
    return wire?.type === 'varint' ? signedNumber(wire.low, wire.high) : 0
  }
  const text = (number: number) => {
    const wire = first(number)
    return wire ? utf8(bytesOf(wire)) : ''
  }
  const schema = (wire: Wire) => structFromProtobuf(bytesOf(wire), goStruct(JSON_SCHEMA), depth + 1)
  const all = (number: number) => fields.filter((field) => field.number === number).map((field) => field.wire)
  switch (special) {
    case 'time':
    case 'micro-time':
      return fields.length === 0 ? undefined : timeText(integer(1), integer(2), special)
    case 'quantity':
      return text(1)
    case 'int-or-string':
      return integer(1) === 0 ? integer(2) | 0 : text(3)
    case 'raw': {
      const json = text(1)
      return json === '' ? undefined : parseJson(json).value
    }
    case 'strings':
      return all(1).map((wire) => utf8(bytesOf(wire)))
    case 'schema-or-bool': {
      const inner = first(2)
      return inner ? schema(inner) : integer(1) !== 0
    }
    case 'schema-or-array': {
      const inner = first(1)
      return inner ? schema(inner) : all(2).map(schema)
    }
    case 'schema-or-strings': {
      const inner = first(1)
      return inner ? schema(inner) : all(2).map((wire) => utf8(bytesOf(wire)))
    }
  }
}

function timeText(seconds: number, nanos: number, special: 'time' | 'micro-time'): string {
  const [least, most] = [-62135596800, 253402300799]
  if (seconds < least || seconds > most || nanos < 0 || nanos > 999_999_999) {
    throw new ProtobufError('timestamp out of range')
  }
  return formatTime(seconds, nanos, special === 'time' ? 'seconds' : 'micros')
}

function bytesOf(wire: Wire): Uint8Array {
  if (wire.type !== 'bytes') throw wrongType()
  return wire.bytes
}

const wrongType = (): ProtobufError => new ProtobufError('proto: wrong wireType')
