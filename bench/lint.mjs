// How long lint takes on many routes: half of them paths of Ingresses, half matches of VirtualServices, with pods, Services, TLS towards the
// gateway and a certificate. Prints milliseconds: reading the YAML, compile from nothing, then lint alone (best and median of the rounds).
//
//   node bench/lint.mjs [routes] [rounds]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { stringify } from 'yaml'

const routes = Number(process.argv[2] ?? 10_000)
const rounds = Number(process.argv[3] ?? 5)
const PER_OBJECT = 100

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'lint-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const entry = `
export { createCompiler } from './src/compile/compile.ts'
export { lint } from './src/explain/lint/lint.ts'
export { fileSnapshot } from './src/control/file-snapshot.ts'
`
// Beside dist/data, which the bundle reads.
const bundle = join(root, 'dist', `lint-bench-${process.pid}.mjs`)
process.on('exit', () => rmSync(bundle, { force: true }))
await build({
  stdin: { contents: entry, resolveDir: root, loader: 'ts' },
  outfile: bundle,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
})
const { createCompiler, lint, fileSnapshot } = await import(bundle)

const documents = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bench', labels: { 'istio-injection': 'enabled' } },
  },
]
const paths = (first, make) =>
  Array.from({ length: PER_OBJECT }, (_, index) => make(`/route/${String(first + index).padStart(6, '0')}`))
for (let made = 0; made < routes / 2; made += PER_OBJECT) {
  const name = `web-${made}`
  const host = `${name}.example`
  documents.push(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'bench' },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'bench' },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'echo' }] } },
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace: 'istio-system' },
      spec: {
        rules: [
          {
            host,
            http: {
              paths: paths(made, (path) => ({
                path,
                pathType: 'Prefix',
                backend: { service: { name: 'istio-ingressgateway', port: { number: 80 } } },
              })),
            },
          },
        ],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name, namespace: 'bench' },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] }],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace: 'bench' },
      spec: {
        hosts: [host],
        gateways: [name],
        http: paths(made, (prefix) => ({
          match: [{ uri: { prefix } }],
          route: [{ destination: { host: name } }],
        })),
      },
    },
  )
}
writeFileSync(join(folder, 'all.yaml'), documents.map((one) => stringify(one)).join('---\n'))

const opened = performance.now()
const { snapshot } = await fileSnapshot([folder], { now: Date.now() })
const begun = performance.now()
const read = begun - opened
const { model, diagnostics } = createCompiler().compile(snapshot)
const compiled = performance.now() - begun
const times = []
let findings = []
for (let round = 0; round < rounds; round++) {
  const start = performance.now()
  findings = lint({ snapshot, model, diagnostics })
  times.push(performance.now() - start)
}
times.sort((a, b) => a - b)
const ms = (value) => `${value.toFixed(0)} ms`
console.log(
  `${routes} routes: read ${ms(read)}, compile ${ms(compiled)}, lint ${ms(times[0])} (median ${ms(times[Math.floor(rounds / 2)])}), ${findings.length} findings`,
)
