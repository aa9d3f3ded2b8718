// Writes src/apiserver/openapi/data/go-types.gen.json: the Go structs behind the built-in kinds, as upstream's sources declare them. One table tells
// how JSON and protobuf bodies become objects: JSON names, omitempty, pointers, inlined structs, protobuf field numbers, Go type names for messages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lines, moduleDir, STAGING } from './go-module.mjs'

const target = join(
  dirname(fileURLToPath(import.meta.url)),
  '../src/apiserver/openapi/data/go-types.gen.json',
)

const api = moduleDir('k8s.io/api', STAGING)
const machinery = moduleDir('k8s.io/apimachinery', STAGING)
const extensions = moduleDir('k8s.io/apiextensions-apiserver', STAGING)

/** Go import path -> [folder, prefix of the OpenAPI definition names]. */
const packages = {
  ...Object.fromEntries(
    [
      'core/v1',
      'apps/v1',
      'networking/v1',
      'networking/v1beta1',
      'extensions/v1beta1',
      'discovery/v1',
      'events/v1',
      'coordination/v1',
      'authentication/v1',
      'authorization/v1',
      'autoscaling/v1',
      'policy/v1',
    ].map((name) => [`k8s.io/api/${name}`, [join(api, name), `io.k8s.api.${name.replace('/', '.')}`]]),
  ),
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1': [
    join(extensions, 'pkg/apis/apiextensions/v1'),
    'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
  ],
  'k8s.io/apimachinery/pkg/apis/meta/v1': [
    join(machinery, 'pkg/apis/meta/v1'),
    'io.k8s.apimachinery.pkg.apis.meta.v1',
  ],
}

/** Types whose JSON form is their own code, in the codec as in Go (see go-special.ts). */
const special = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'int-or-string',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw',
  'k8s.io/apimachinery/pkg/apis/meta/v1.Time': 'time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime': 'micro-time',
  'k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1': 'raw',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'raw',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool': 'schema-or-bool',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray': 'schema-or-array',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray':
    'schema-or-strings',
}
/** Plain strings of packages that are not read. */
const plain = { 'k8s.io/apimachinery/pkg/types.UID': 'string#types.UID' }

const scalars = new Set(['string', 'bool', 'int32', 'int64', 'float64'])
const found = new Map()
const importsOf = new Map()

for (const [path, [folder]] of Object.entries(packages)) {
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.go') || /(_test|generated.*|_conversion)\.go$/.test(file)) continue
    readGo(path, readFileSync(join(folder, file), 'utf8'))
  }
}

function readGo(path, source) {
  const imports = importsOf.get(path) ?? new Map()
  importsOf.set(path, imports)
  for (const [, alias, from] of source.matchAll(/^\s*(?:import )?(\w+)?\s*"([\w./-]+)"$/gm)) {
    imports.set(alias ?? from.split('/').at(-1), from)
  }
  const text = source.replace(/^\s*\/\/.*$/gm, '')
  for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    found.set(`${path}.${name}`, { path, fields: [...fieldsOf(body)] })
  }
  for (const [, name] of text.matchAll(/^type (\w+) struct\s*\{\s*\}$/gm))
    found.set(`${path}.${name}`, { path, fields: [] })
  for (const [, name, of] of text.matchAll(/^type (\w+) ((?:\[\]|map\[|[\w.*])[^\n{]*)$/gm)) {
    found.set(`${path}.${name}`, { path, alias: of.trim() })
  }
}

function* fieldsOf(body) {
  for (const line of body.split('\n')) {
    const match = /^\s*(?:(\w+)\s+)?([\w.*[\]]+)\s+`([^`]*)`/.exec(line)
    if (!match) continue
    const [, name, type, tags] = match
    const json = /json:"([^"]*)"/.exec(tags)?.[1] ?? ''
    const number = Number(/protobuf:"\w+,(\d+)/.exec(tags)?.[1] ?? 0)
    const [jsonName, ...options] = json.split(',')
    if (jsonName === '-') continue
    yield { name: name ?? type, type, jsonName, options, number }
  }
}

const types = {}
/** The type expression with every name resolved to an entry of the table. */
function resolve(expression, path) {
  if (expression.startsWith('*')) return `*${resolve(expression.slice(1), path)}`
  if (expression === '[]byte') return 'bytes'
  if (expression.startsWith('[]')) return `[]${resolve(expression.slice(2), path)}`
  const map = /^map\[([\w.]+)\](.+)$/.exec(expression)
  if (map) {
    const key = resolve(map[1], path)
    if (!/^string(#|$)/.test(key)) throw new Error(`map with key ${key} in ${path}`)
    return `map:${resolve(map[2], path)}`
  }
  if (scalars.has(expression)) return expression
  const [alias, name] = expression.includes('.') ? expression.split('.') : [undefined, expression]
  const from = alias === undefined ? path : importsOf.get(path)?.get(alias)
  const id = `${from}.${name}`
  if (plain[id]) return plain[id]
  return add(id)
}

function add(id) {
  const [path, name] = [id.slice(0, id.lastIndexOf('.')), id.slice(id.lastIndexOf('.') + 1)]
  if (special[id]) return `@${special[id]}`
  const type = found.get(id)
  if (!type) throw new Error(`type ${id} is not known`)
  if (type.alias) {
    const of = resolve(type.alias, path)
    // the Go name stays, for messages
    if (scalars.has(of)) return `${of}#${path.split('/').at(-1)}.${name}`
    if (of === 'bytes') return of
    // In protobuf a named slice or map is a message with one field, `items`, unless generated as a plain map (ResourceList).
    return name === 'ExtraValue' || name === 'Verbs' ? '@strings' : of
  }
  const key = `${packages[path][1]}.${name}`
  if (key in types) return key
  types[key] = []
  for (const field of type.fields) {
    const inline = field.options.includes('inline') || field.jsonName === ''
    const flags = `${inline ? 'i' : ''}${field.options.includes('omitempty') ? 'o' : ''}${field.options.includes('omitzero') ? 'z' : ''}`
    types[key].push([field.jsonName, resolve(field.type, path), flags, field.number])
  }
  return key
}

/** Kinds of each package: what has its own TypeMeta. Lists are left out, they are never bodies. */
const kinds = [...found].filter(
  ([id, type]) =>
    type.fields?.some((field) => field.type === 'metav1.TypeMeta' || field.type === 'TypeMeta') &&
    !id.endsWith('List'),
)
const only = { 'k8s.io/api/networking/v1beta1': ['Ingress'], 'k8s.io/api/extensions/v1beta1': ['Ingress'] }
const skip = new Set(['APIVersions', 'APIGroup', 'APIResourceList', 'WatchEvent', 'Table', 'InternalEvent'])
for (const [id] of kinds) {
  const [path, name] = [id.slice(0, id.lastIndexOf('.')), id.slice(id.lastIndexOf('.') + 1)]
  if (skip.has(name) || name.startsWith('PartialObject') || (only[path] && !only[path].includes(name)))
    continue
  add(id)
}
writeFileSync(target, lines(Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)))))
console.log(`${target}: ${Object.keys(types).length} types`)
