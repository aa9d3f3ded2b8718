// Writes docs/annotations.md and docs/compatibility.md from the declarations beside the readers in src/compile.
import { mkdirSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../', import.meta.url)
const cache = new URL('.cache/', root)
const bundle = new URL('compatibility.mjs', cache)

mkdirSync(cache, { recursive: true })
await build({
  stdin: {
    contents: `
      export { annotations } from './src/compile/ingress/annotations/index.gen.ts'
      export { unsupportedAnnotations } from './src/compile/ingress/annotations/unsupported.ts'
      export { allSupport } from './src/compile/support/all.ts'
      export { meshConfigSupport } from './src/compile/support/telemetry.ts'
      export { foreignKinds } from './src/compile/support/foreign.ts'
    `,
    resolveDir: root.pathname,
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle.pathname,
  logLevel: 'error',
})
const { annotations, unsupportedAnnotations, allSupport, meshConfigSupport, foreignKinds } = await import(
  `${pathToFileURL(bundle.pathname).href}?${process.pid}`
)

const made = (script) =>
  `<!-- Made by scripts/${script} from the declarations in src/compile. Do not edit. -->\n`
const bullets = (lines) => lines.map((line) => `- ${line}`).join('\n')
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``

function annotationPage() {
  const sections = annotations.map(
    ({ name, syntax, doc }) => `## ${name}\n\n\`\`\`\n${syntax}\n\`\`\`\n\n${doc}\n`,
  )
  return [
    made('gen-compatibility.mjs'),
    '# Annotations of the load balancer\n',
    'All have the prefix `ingress.bluemix.net/` and count for the Ingress that they stand on. `<time>` is an integer with `ms`, `s`, `m`, `h` or `w`; `<services>` are names joined by commas. A value that cannot be read is reported (SP0302) with an event A0001, and what it guards fails closed.\n',
    ...sections,
    '## Known, not supported\n',
    'These are stored and nothing acts on them; each is reported (SP0303).\n',
    `${bullets(unsupportedAnnotations.map(code))}\n`,
  ].join('\n')
}

function kindSection({ kind, summary, fields, inert = {}, notes = {}, differences = [] }) {
  const dot = kind.indexOf('.')
  const title = dot < 0 ? `${kind} (v1)` : `${kind.slice(0, dot)} (${kind.slice(dot + 1)})`
  const unread = Object.entries(notes).filter(([field]) => !fields.includes(field))
  const values = Object.entries(inert).map(
    ([field, allowed]) => `${code(field)}: ${allowed.map((value) => code(JSON.stringify(value))).join(', ')}`,
  )
  return [
    `## ${title}\n`,
    `${summary}\n`,
    'Acted on:\n',
    `${bullets(fields.map(code))}\n`,
    ...(values.length === 0
      ? []
      : ['Values that need no action; others are reported:\n', `${bullets(values)}\n`]),
    ...(unread.length === 0
      ? []
      : ['Not acted on:\n', `${bullets(unread.map(([field, note]) => `${code(field)}: ${note}`))}\n`]),
    ...(differences.length === 0 ? [] : ['Behaviour:\n', `${bullets(differences)}\n`]),
  ].join('\n')
}

function compatibilityPage() {
  const list = (security) =>
    bullets(
      foreignKinds
        .filter((one) => one.security === security)
        .map(({ kind, group }) => `${code(kind)} (${group})`),
    )
  return [
    made('gen-compatibility.mjs'),
    '# What is supported\n',
    'What of each kind routing and security act on. A field that is stored and not acted on is reported when it is applied (kubectl prints the warning), in `sallyport lint` and in the `Accepted` condition of the object (SP0104). `[]` stands for every element of a list, `*` for every key, `**` for everything below. Annotations of the load balancer are in [annotations.md](annotations.md).\n',
    ...[...allSupport, meshConfigSupport].map(kindSection),
    '## Kinds that nothing acts on\n',
    'Refused, because their author would believe to be protected:\n',
    `${list(true)}\n`,
    'Reported (SP0108) when they are read from files; the API does not serve them:\n',
    `${list(false)}\n`,
  ].join('\n')
}

writeFileSync(new URL('docs/annotations.md', root), annotationPage())
writeFileSync(new URL('docs/compatibility.md', root), compatibilityPage())
