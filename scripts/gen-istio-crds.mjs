// Makes src/apiserver/openapi/data/istio-crds.gen.json from the Go module istio.io/api: the CRDs of the kinds that sallyport acts on, storage version v1.
// A schema that several versions share is written once; schemas are JSON texts, so that starting up parses only those that are needed.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { ISTIO, moduleDir } from './go-module.mjs'

/** A kind that is not enforced must not be served: add one here only with its reader in src/compile/istio. */
const KINDS = [
  'Gateway',
  'VirtualService',
  'DestinationRule',
  'PeerAuthentication',
  'RequestAuthentication',
  'AuthorizationPolicy',
  'Telemetry',
]
const STORAGE = 'v1'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const text = readFileSync(
  join(moduleDir('istio.io/api', ISTIO), 'kubernetes', 'customresourcedefinitions.gen.yaml'),
  'utf8',
)
const documents = parseAllDocuments(text).map((document) => document.toJS())

const schemas = []
const crds = KINDS.map((kind) => {
  const crd = documents.find((document) => document?.spec?.names?.kind === kind)
  if (!crd) throw new Error(`istio.io/api ${ISTIO} has no CRD of kind ${kind}`)
  const { group, names, scope } = crd.spec
  return {
    name: crd.metadata.name,
    spec: { group, names, scope, versions: crd.spec.versions.map(versionOf) },
  }
})

function versionOf({ schema, storage: _, ...version }) {
  const schemaText = JSON.stringify(schema.openAPIV3Schema)
  let index = schemas.indexOf(schemaText)
  if (index < 0) index = schemas.push(schemaText) - 1
  return { ...version, storage: version.name === STORAGE, schema: index }
}

const target = join(root, 'src/apiserver/openapi/data/istio-crds.gen.json')
writeFileSync(target, `${JSON.stringify({ module: `istio.io/api ${ISTIO}`, crds, schemas }, null, 1)}\n`)
