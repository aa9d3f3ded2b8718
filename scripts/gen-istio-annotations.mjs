// Makes src/explain/lint/istio-annotations.gen.ts from the Go module istio.io/api: every annotation of Istio, how finished it is, and the kinds it belongs on.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { ISTIO, moduleDir } from './go-module.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const file = join(moduleDir('istio.io/api', ISTIO), 'annotation', 'annotations.yaml')
const { annotations } = parse(readFileSync(file, 'utf8'))
const entries = annotations
  .map(({ name, featureStatus, deprecated, resources }) => [
    name,
    {
      status: deprecated ? 'deprecated' : (featureStatus ?? 'stable').toLowerCase(),
      kinds: resources.sort(),
    },
  ])
  .sort(([a], [b]) => (a < b ? -1 : 1))
const list = (values) => `[${values.map((value) => `'${value}'`).join(', ')}]`

writeFileSync(
  join(root, 'src/explain/lint/istio-annotations.gen.ts'),
  `// Made by scripts/gen-istio-annotations.mjs from istio.io/api ${ISTIO}. Do not edit.

export interface IstioAnnotation {
  readonly status: 'alpha' | 'beta' | 'stable' | 'deprecated'
  /** \`Any\`: every kind. */
  readonly kinds: readonly string[]
}

export const istioAnnotations: Readonly<Record<string, IstioAnnotation>> = {
${entries.map(([name, { status, kinds }]) => `  '${name}': { status: '${status}', kinds: ${list(kinds)} },`).join('\n')}
}
`,
)
