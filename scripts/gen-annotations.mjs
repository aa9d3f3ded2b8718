// Writes src/compile/ingress/annotations/index.gen.ts: the list of all annotation readers, from the files that are there.
import { readdirSync, writeFileSync } from 'node:fs'

const root = new URL('../src/compile/ingress/annotations/', import.meta.url)

/** The paths of all readers, `family/name.ts`, sorted. */
function readers() {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((family) =>
      readdirSync(new URL(`${family.name}/`, root))
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .map((file) => `${family.name}/${file}`),
    )
    .sort()
}

const camel = (path) =>
  path
    .slice(path.indexOf('/') + 1, -'.ts'.length)
    .toLowerCase()
    .replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

const paths = readers()
const text = [
  '// Made by scripts/gen-annotations.mjs from the files beside it. Do not edit.',
  "import type { Annotation } from './annotation.ts'",
  ...paths.map((path) => `import { ${camel(path)} } from './${path}'`),
  '',
  'export const annotations: readonly Annotation[] = [',
  ...paths.map((path) => `  ${camel(path)},`),
  ']',
  '',
].join('\n')
writeFileSync(new URL('index.gen.ts', root), text)
