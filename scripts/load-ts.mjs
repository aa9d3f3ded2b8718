// Loads a TypeScript module of src/ into a script: bundled in memory, since Node 20 reads JavaScript only.
import { build } from 'esbuild'

/** The exports of the module at this path. */
export async function loadTs(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
