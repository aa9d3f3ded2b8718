// Random JSON values of a Go type, in the form in which the API stores them.
import * as fc from 'fast-check'
import type { GoStruct, GoType, Scalar, Special } from '../go-type.ts'

const word = fc.string({ maxLength: 6 }).map((text) => text.replaceAll('\ufeff', ''))

/** Objects with some of the struct's fields, nested to `depth`. Lists and maps are not empty: protobuf cannot tell an empty one from none. */
export function arbitraryStruct(struct: GoStruct, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = struct.fields
    .filter(
      ({ json, type }) => json !== 'apiVersion' && json !== 'kind' && (depth > 0 || !isCollection(type)),
    )
    .map((field) =>
      fc
        .option(arbitrary(field.type, depth), { freq: 2, nil: undefined })
        .map((value) => [field.json, value] as const),
    )
  return fc
    .tuple(...fields)
    .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)))
}

const isCollection = (type: GoType): boolean => type.kind === 'slice' || type.kind === 'map'

function arbitrary(type: GoType, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.scalar]
    case 'bytes':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'pointer':
      return arbitrary(type.of, depth)
    case 'slice':
      return fc.array(arbitrary(type.of, depth - 1), { minLength: 1, maxLength: 2 })
    case 'map':
      return fc.dictionary(word, arbitrary(type.of, depth - 1), { minKeys: 1, maxKeys: 2 })
    case 'struct':
      return depth > 0 ? arbitraryStruct(type.struct, depth - 1) : fc.constant({})
    case 'special':
      return specials[type.special]
  }
}

const scalars: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
  string: word,
  bool: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
}

const seconds = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
const specials: Readonly<Record<Special, fc.Arbitrary<unknown>>> = {
  time: seconds.map((date) => `${date.toISOString().slice(0, 19)}Z`),
  'micro-time': seconds.map((date) => `${date.toISOString().slice(0, 23)}000Z`),
  quantity: fc
    .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom('', 'm', 'k', 'Ki', 'Gi'))
    .map(([n, unit]) => (n === 1 && unit === '' ? '1' : `${n}${unit}`)),
  'int-or-string': fc.oneof(fc.integer(), word),
  raw: fc.dictionary(
    word.filter((key) => key !== '__proto__'),
    fc.oneof(fc.integer(), word, fc.constant(null)),
  ),
  strings: fc.array(word, { minLength: 1, maxLength: 2 }),
  'schema-or-bool': fc.oneof(fc.boolean(), fc.constant({ type: 'string' })),
  'schema-or-array': fc.oneof(
    fc.constant({ type: 'string' }),
    fc.constant([{ type: 'string' }, { pattern: 'a' }]),
  ),
  'schema-or-strings': fc.oneof(fc.constant({ type: 'string' }), fc.constant(['a', 'b'])),
}
