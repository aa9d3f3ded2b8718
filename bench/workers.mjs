// What workers cost and bring: `node bench/workers.mjs [rounds] [seconds]`. Needs wrk.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import '../scripts/build.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, '.cache', 'bench')
mkdirSync(folder, { recursive: true })
await build({
  entryPoints: { workers: join(root, 'bench', 'workers', 'main.ts') },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
})
await import(join(folder, 'workers.mjs'))
