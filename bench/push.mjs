// From a changed model to Envoy's acknowledgement and to the first request served by the new route, with 100 connected nodes: one real Envoy and 99 light clients.
// With `compile`: only the time that the model of the change takes. The whole way from the API: bench/push/api.mjs.
//
//   node bench/push.mjs [compile] [rounds] [routes...]      default: 50 rounds at 10, 1000 and 10000 routes
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, '.cache', 'bench')
mkdirSync(folder, { recursive: true })
await build({
  entryPoints: {
    push: join(root, 'bench', 'push', 'control.ts'),
    compile: join(root, 'bench', 'push', 'compile.ts'),
    clients: join(root, 'bench', 'push', 'clients.ts'),
    requests: join(root, 'bench', 'push', 'requests.ts'),
  },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
})
const [what] = process.argv.slice(2)
if (what === 'compile') process.argv.splice(2, 1)
await import(join(folder, what === 'compile' ? 'compile.mjs' : 'push.mjs'))
