// Encodes JSON values as protobuf by the Go types: the other direction of from-protobuf.ts, for tests (the server never writes these messages).
import type { GoStruct, GoType, Special } from '../go-type.ts'
import { goStruct, JSON_SCHEMA } from '../go-type.ts'

type Bytes = number[]

/** The body of a request: magic bytes, envelope, message. */
export function protobufBody(apiVersion: string, kind: string, object: object, struct: GoStruct): Uint8Array {
  const typeMeta = [...field(1, utf8(apiVersion)), ...field(2, utf8(kind))]
  const envelope = [...field(1, typeMeta), ...field(2, encodeStruct(object, struct))]
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, ...envelope])
}

function encodeStruct(object: object, struct: GoStruct): Bytes {
  const out: Bytes = []
  const values = object as Record<string, unknown>
  for (const [number, entry] of struct.byNumber) {
    if ('inline' in entry) out.push(...field(number, encodeStruct(object, entry.inline)))
    else if (values[entry.json] !== undefined)
      out.push(...encodeField(number, values[entry.json], entry.type))
  }
  return out
}

function encodeField(number: number, value: unknown, type: GoType): Bytes {
  switch (type.kind) {
    case 'pointer':
      return encodeField(number, value, type.of)
    case 'slice':
      return (value as unknown[]).flatMap((item) => encodeField(number, item, type.of))
    case 'map':
      return Object.entries(value as object).flatMap(([key, item]) =>
        field(number, [...field(1, utf8(key)), ...encodeField(2, item, type.of)]),
      )
    case 'struct':
      return field(number, encodeStruct(value as object, type.struct))
    case 'bytes':
      return field(number, [...Buffer.from(value as string, 'base64')])
    case 'special':
      return field(number, encodeSpecial(value, type.special))
    case 'scalar':
      if (type.scalar === 'string') return field(number, utf8(value as string))
      if (type.scalar === 'float64') {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleLE(value as number)
        return [...varint(number * 8 + 1), ...bytes]
      }
      return [...varint(number * 8), ...varint(Number(value))]
  }
}

function encodeSpecial(value: unknown, special: Special): Bytes {
  const schema = (one: unknown): Bytes => encodeStruct(one as object, goStruct(JSON_SCHEMA))
  const integer = (number: number, one: number): Bytes => [...varint(number * 8), ...varint(one)]
  switch (special) {
    case 'time':
    case 'micro-time': {
      const text = value as string
      const micros = Number(/\.(\d{6})/.exec(text)?.[1] ?? 0)
      return [...integer(1, Math.floor(Date.parse(text) / 1000)), ...integer(2, micros * 1000)]
    }
    case 'quantity':
      return field(1, utf8(value as string))
    case 'int-or-string':
      return typeof value === 'string'
        ? [...integer(1, 1), ...field(3, utf8(value))]
        : integer(2, value as number)
    case 'raw':
      return field(1, utf8(JSON.stringify(value)))
    case 'strings':
      return (value as string[]).flatMap((one) => field(1, utf8(one)))
    case 'schema-or-bool':
      return typeof value === 'boolean'
        ? integer(1, Number(value))
        : [...integer(1, 1), ...field(2, schema(value))]
    case 'schema-or-array':
      return Array.isArray(value) ? value.flatMap((one) => field(2, schema(one))) : field(1, schema(value))
    case 'schema-or-strings':
      return Array.isArray(value) ? value.flatMap((one) => field(2, utf8(one))) : field(1, schema(value))
  }
}

const utf8 = (text: string): Bytes => [...Buffer.from(text)]
const field = (number: number, bytes: Bytes): Bytes => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]

function varint(value: number): Bytes {
  const bytes: Bytes = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}
