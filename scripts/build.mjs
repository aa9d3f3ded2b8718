// Bundles each process entry point into dist/. Runs at `npm ci` (prepare) and before whole-process tests; takes well under a second.
import { cpSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
if (process.argv.includes('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: {
    // one row per kind of process the product starts
    cli: 'src/cli/main.ts',
    program: 'src/cluster/programs/main.ts',
    worker: 'src/engines/node/workers/main.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Libraries come along: one file is read instead of hundreds, a quarter off the time to start. Left out are what loads native code or files of its own.
  external: ['libsql', '@grpc/*', 'protobufjs', 'elkjs'],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  sourcemap: true,
  logLevel: 'warning',
})
// Read at run time, relative to the bundle (src/apiserver/openapi/generated-data.ts).
cpSync(join(root, 'src/apiserver/openapi/data'), join(root, 'dist/data'), { recursive: true })
