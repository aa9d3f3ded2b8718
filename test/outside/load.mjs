// Loads a TypeScript module with everything of this repository that it imports; packages stay where they are.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './record.mjs'

/** The exports of the module at this path from the root. */
export async function load(path) {
  // As deep below the root as what is bundled: `test/sallyport.ts` finds the root from its own place.
  const folder = mkdtempSync(join(root, '.outside-'))
  try {
    const outfile = join(folder, 'module.mjs')
    await build({
      entryPoints: [join(root, path)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
      outfile,
    })
    return await import(outfile)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
