// The data plane beside its peers, on one core: `node bench/chain.mjs --help`.
import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, '.cache', 'bench')
mkdirSync(folder, { recursive: true })
await build({
  entryPoints: {
    chain: join(root, 'bench', 'chain', 'main.ts'),
    'chain-product': join(root, 'bench', 'chain', 'product-server.ts'),
    'chain-idle': join(root, 'bench', 'chain', 'idle-clients.ts'),
  },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
})
// Read at run time, relative to the bundle (src/apiserver/openapi/generated-data.ts).
cpSync(join(root, 'src/apiserver/openapi/data'), join(folder, 'data'), { recursive: true })
await import(join(folder, 'chain.mjs'))
