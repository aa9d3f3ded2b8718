// The Go types behind the built-in kinds, from the generated table: they decide what a JSON or protobuf body may hold and what of it is kept.
import { definitionName } from '../openapi/definitions.ts'
import { generatedData } from '../openapi/generated-data.ts'

export type Scalar = 'string' | 'bool' | 'int32' | 'int64' | 'float64'

/** Types with code of their own on both wires. */
export type Special =
  | 'time'
  | 'micro-time'
  | 'quantity'
  | 'int-or-string'
  /** Any JSON value. */
  | 'raw'
  /** A list of strings that is a message of its own in protobuf. */
  | 'strings'
  | 'schema-or-bool'
  | 'schema-or-array'
  | 'schema-or-strings'

export type GoType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar; readonly goName: string }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'special'; readonly special: Special }
  | { readonly kind: 'pointer' | 'slice' | 'map'; readonly of: GoType }
  | { readonly kind: 'struct'; readonly struct: GoStruct }

export interface GoField {
  readonly json: string
  readonly type: GoType
  readonly omitEmpty: boolean
  readonly omitZero: boolean
}

export interface GoStruct {
  /** `ServicePort`, as messages name it. */
  readonly name: string
  /** `v1.ServicePort`. */
  readonly goName: string
  /** In Go's order, inlined structs flattened. */
  readonly fields: readonly GoField[]
  readonly byJson: ReadonlyMap<string, GoField>
  /** By protobuf field number. An inlined struct is a message of its own whose fields become ours. */
  readonly byNumber: ReadonlyMap<number, GoField | { readonly inline: GoStruct }>
}

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
export const JSON_SCHEMA = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

type TableRow = readonly [json: string, type: string, flags: string, number: number]

const structs = new Map<string, GoStruct>()

/** The Go struct of a built-in kind; undefined when the kind is not built in. */
export function goStructOf(group: string, version: string, kind: string): GoStruct | undefined {
  const name = definitionName(group, version, kind)
  return name === undefined ? undefined : goStruct(name)
}

/** The Go struct of a definition name. */
export function goStruct(name: string): GoStruct {
  const known = structs.get(name)
  if (known) return known
  const rows = generatedData<Readonly<Record<string, readonly TableRow[]>>>('go-types')[name]
  if (!rows) throw new Error(`no Go type for ${name}`)
  const fields: GoField[] = []
  const byNumber = new Map<number, GoField | { readonly inline: GoStruct }>()
  const byJson = new Map<string, GoField>()
  const [packageName = '', typeName = ''] = name.split('.').slice(-2)
  const struct: GoStruct = { name: typeName, goName: `${packageName}.${typeName}`, fields, byJson, byNumber }
  // known before its fields are: types are recursive
  structs.set(name, struct)
  for (const [json, expression, flags, number] of rows) {
    const type = parseType(expression)
    if (flags.includes('i') && type.kind === 'struct') {
      fields.push(...type.struct.fields)
      if (number > 0) byNumber.set(number, { inline: type.struct })
      continue
    }
    const field = { json, type, omitEmpty: flags.includes('o'), omitZero: flags.includes('z') }
    fields.push(field)
    if (number > 0) byNumber.set(number, field)
  }
  for (const field of fields) byJson.set(field.json, field)
  return struct
}

/** How Go prints the type in errors. Pointers are left out, as its decoder looks through them. */
export function goTypeName(type: GoType): string {
  switch (type.kind) {
    case 'scalar':
      return type.goName
    case 'bytes':
      return '[]uint8'
    case 'special':
      return SPECIAL_NAMES[type.special]
    case 'pointer':
      return goTypeName(type.of)
    case 'slice':
      return `[]${goTypeName(type.of)}`
    case 'map':
      return `map[string]${goTypeName(type.of)}`
    case 'struct':
      return type.struct.goName
  }
}

const SPECIAL_NAMES: Readonly<Record<Special, string>> = {
  time: 'v1.Time',
  'micro-time': 'v1.MicroTime',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
  raw: 'runtime.RawExtension',
  strings: '[]string',
  'schema-or-bool': 'v1.JSONSchemaPropsOrBool',
  'schema-or-array': 'v1.JSONSchemaPropsOrArray',
  'schema-or-strings': 'v1.JSONSchemaPropsOrStringArray',
}
const SCALARS: ReadonlySet<string> = new Set<Scalar>(['string', 'bool', 'int32', 'int64', 'float64'])

function parseType(expression: string): GoType {
  if (expression.startsWith('*')) return { kind: 'pointer', of: parseType(expression.slice(1)) }
  if (expression.startsWith('[]')) return { kind: 'slice', of: parseType(expression.slice(2)) }
  if (expression.startsWith('map:')) return { kind: 'map', of: parseType(expression.slice(4)) }
  if (expression.startsWith('@')) return { kind: 'special', special: expression.slice(1) as Special }
  if (expression === 'bytes') return { kind: 'bytes' }
  const [base = '', goName = base] = expression.split('#')
  if (SCALARS.has(base)) return { kind: 'scalar', scalar: base as Scalar, goName }
  return { kind: 'struct', struct: goStruct(expression) }
}
