// A benchmark is TypeScript of this repository: bundled into .cache/bench, where its processes find each other.
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Bundles modules of bench/ (of another checkout, if one is named) by the names that they get; returns the folder that holds `<name>.mjs`. */
export async function bundle(modules, checkout = root) {
  const folder = join(checkout, '.cache', 'bench')
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: Object.fromEntries(
      Object.entries(modules).map(([name, path]) => [name, join(checkout, 'bench', path)]),
    ),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  return folder
}
