// `npm run outside:kubernetes-vectors`: upstream's golden objects (k8s.io/api testdata, each kind as JSON, YAML and protobuf) through our decoders.
// The three forms must give the same object, and that object must be upstream's JSON less the nulls that we do not store. Needs the `go` command.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { build } from 'esbuild'
import { moduleDir, STAGING } from '../../scripts/go-module.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = join(moduleDir('k8s.io/api', STAGING), 'testdata/HEAD')
const { decodeBody, goStructOf } = await ours()

let passed = 0
const failures = []
let notServed = 0
for (const file of readdirSync(folder).filter(
  (name) => name.endsWith('.pb') && !name.includes('.after_roundtrip'),
)) {
  const [, group, version, kind] = /^(.*?)\.(v\d\w*)\.(\w+)\.pb$/.exec(file) ?? []
  const target = { group: group === 'core' ? '' : group, version, kind, schema: {}, builtin: true }
  if (!goStructOf(target.group, version, kind)) {
    notServed++
    continue
  }
  const read = (contentType, extension) =>
    decodeBody({
      contentType,
      body: readFileSync(join(folder, file.replace(/pb$/, extension))),
      fieldValidation: 'Strict',
      target,
    }).object
  try {
    const json = read('application/json', 'json')
    compare(`${file} as protobuf`, read('application/vnd.kubernetes.protobuf', 'pb'), json)
    compare(`${file} as YAML`, read('application/yaml', 'yaml'), json)
    compare(
      `${file} as upstream`,
      lessNulls(json),
      lessNulls(JSON.parse(readFileSync(join(folder, file.replace(/pb$/, 'json')), 'utf8'))),
    )
  } catch (error) {
    failures.push(`${file}: ${error.message}`)
  }
}
for (const failure of failures) console.log(`not ok ${failure}`)
console.log(`${notServed} vectors of kinds that are not served left out`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0

function compare(what, actual, expected) {
  const difference = firstDifference(actual, expected, '')
  if (difference === undefined) passed++
  else failures.push(`${what}: ${difference}`)
}

function firstDifference(a, b, path) {
  if (isDeepStrictEqual(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) {
    return `${path}: ${JSON.stringify(a)} instead of ${JSON.stringify(b)}`
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

function lessNulls(value) {
  if (Array.isArray(value)) return value.map(lessNulls)
  if (!value || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, lessNulls(item)]])),
  )
}

async function ours() {
  const dir = mkdtempSync(join(root, 'node_modules/.vectors-'))
  try {
    const outfile = join(dir, 'codec.mjs')
    await build({
      stdin: {
        contents: `export { decodeBody } from './src/apiserver/codec/decode-body.ts'
          export { goStructOf } from './src/apiserver/codec/go-type.ts'`,
        resolveDir: root,
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      define: {
        'import.meta.url': JSON.stringify(new URL('../../src/apiserver/openapi/x', import.meta.url)),
      },
      outfile,
    })
    return await import(outfile)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
