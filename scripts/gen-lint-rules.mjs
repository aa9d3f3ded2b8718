// Writes src/explain/lint/rules/index.gen.ts: the list of all lint rules, from the files that are there.
import { readdirSync, writeFileSync } from 'node:fs'

const root = new URL('../src/explain/lint/rules/', import.meta.url)

/** The paths of all rules, `family/name.ts`, sorted. */
function files() {
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

const paths = files()
const text = [
  '// Made by scripts/gen-lint-rules.mjs from the files beside it. Do not edit.',
  "import type { Rule } from '../rule.ts'",
  ...paths.map((path) => `import { ${camel(path)} } from './${path}'`),
  '',
  'export const rules: readonly Rule[] = [',
  ...paths.map((path) => `  ${camel(path)},`),
  ']',
  '',
].join('\n')
writeFileSync(new URL('index.gen.ts', root), text)
