// Writes src/apiserver/openapi/data/schemas.gen.json (OpenAPI v3 schemas of the built-in groups, without descriptions) and descriptions.gen.json
// (their texts, for `kubectl explain`), both by definition name, from upstream's published documents.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KUBERNETES, LAST_WITH_OLD_INGRESS, lines, moduleDir } from './go-module.mjs'

const data = join(dirname(fileURLToPath(import.meta.url)), '../src/apiserver/openapi/data')
const PREFIX = '#/components/schemas/'

const groups = [
  'api__v1',
  'apis__apps__v1',
  'apis__networking.k8s.io__v1',
  'apis__discovery.k8s.io__v1',
  'apis__apiextensions.k8s.io__v1',
  'apis__events.k8s.io__v1',
  'apis__coordination.k8s.io__v1',
  'apis__authentication.k8s.io__v1',
  'apis__authorization.k8s.io__v1',
  'apis__autoscaling__v1',
  'apis__policy__v1',
]
/** Kinds that are there for upstream's other servers only. */
const dropped = /\.(WatchEvent|APIGroup|APIGroupList|APIResource|APIResourceList|APIVersions)$/

const all = {}
const current = join(moduleDir('k8s.io/kubernetes', KUBERNETES), 'api/openapi-spec')
for (const group of groups) {
  const document = JSON.parse(readFileSync(join(current, `v3/${group}_openapi.json`), 'utf8'))
  Object.assign(all, document.components.schemas)
}

const old = JSON.parse(
  readFileSync(
    join(moduleDir('k8s.io/kubernetes', LAST_WITH_OLD_INGRESS), 'api/openapi-spec/swagger.json'),
    'utf8',
  ),
)
for (const root of ['io.k8s.api.extensions.v1beta1.Ingress', 'io.k8s.api.networking.v1beta1.Ingress'])
  addOld(root)

/** An OpenAPI v2 definition and what it refers to, in v3's form; newer definitions of the same name win. */
function addOld(name) {
  if (name in all) return
  all[name] = JSON.parse(JSON.stringify(old.definitions[name]), (_key, value) => {
    if (!value || typeof value !== 'object' || !('$ref' in value) || typeof value.$ref !== 'string')
      return value
    const { $ref, ...rest } = value
    const target = PREFIX + $ref.slice('#/definitions/'.length)
    return Object.keys(rest).length === 0 ? { $ref: target } : { allOf: [{ $ref: target }], ...rest }
  })
  for (const [, target] of JSON.stringify(all[name]).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    addOld(target)
  }
}

const isKind = (schema) => schema['x-kubernetes-group-version-kind']
const isList = (name, schema) => name.endsWith('List') && isKind(schema) && schema.properties?.items
const roots = Object.keys(all).filter(
  (name) => isKind(all[name]) && !dropped.test(name) && !isList(name, all[name]),
)
const kept = new Set()
function keep(name) {
  if (kept.has(name)) return
  kept.add(name)
  for (const [, target] of JSON.stringify(all[name]).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    keep(target)
  }
}
roots.forEach(keep)

const schemas = {}
const descriptions = {}
for (const name of [...kept].sort()) {
  const texts = {}
  schemas[name] = strip(all[name], '', texts)
  if (Object.keys(texts).length > 0) descriptions[name] = texts
  // upstream lists every group of its own; a body of this kind is taken under any
  if (name.endsWith('.DeleteOptions'))
    schemas[name]['x-kubernetes-group-version-kind'] = [{ group: '', kind: 'DeleteOptions', version: 'v1' }]
}

/** The schema without descriptions; these go to `texts` by property name ('' for the definition's own). Only these two levels carry texts. */
function strip(schema, at, texts) {
  const { description, properties, ...rest } = schema
  if (typeof description === 'string') texts[at] = description
  if (!properties) return rest
  const inner = {}
  for (const [key, value] of Object.entries(properties)) inner[key] = strip(value, key, texts)
  return { ...rest, properties: inner }
}

writeFileSync(join(data, 'schemas.gen.json'), lines(schemas))
writeFileSync(join(data, 'descriptions.gen.json'), lines(descriptions))
console.log(`${kept.size} definitions`)
