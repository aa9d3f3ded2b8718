// Writes docs/troubleshooting.md from cases/faults: symptom, diagnosis and repair of each, as the tests see them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { structuredPatch } from 'diff'
import { parseAllDocuments } from 'yaml'

const root = new URL('../', import.meta.url)
const faults = new URL('cases/faults/', root)
const read = (name) => (existsSync(new URL(name, faults)) ? readFileSync(new URL(name, faults), 'utf8') : '')

/** A file of a case without its first comment and what it says of the fault. */
const objectsOnly = (text) => text.replace(/^#.*\n/, '').replace(/^fault:\n(?: .*\n)+/m, '')

function repair(name) {
  const { hunks } = structuredPatch(
    '',
    '',
    objectsOnly(read(`${name}/in.yaml`)),
    objectsOnly(read(`${name}/fixed.yaml`)),
    '',
    '',
    { context: 3 },
  )
  return hunks.map(({ lines }) => lines.join('\n')).join('\n…\n')
}

const block = (language, text) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`

function chapter(name) {
  const { fault } = parseAllDocuments(read(`${name}/in.yaml`))[0].toJS()
  const diagnostics = read(`${name}/diagnostics.txt`)
  const trace = read(`${name}/trace.txt`)
  return {
    title: fault.title,
    anchor: name,
    codes: fault.codes,
    symptom: fault.symptom,
    text: [
      `## ${fault.title}\n`,
      `<a id="${name}"></a>\n`,
      `**Symptom.** ${fault.symptom}\n`,
      `**Seen in.** ${fault.source}\n`,
      ...(diagnostics === '' ? [] : ['**What `sallyport lint` says.**\n', block('text', diagnostics)]),
      ...(trace === ''
        ? []
        : [`**What \`sallyport trace ${fault.request.url}\` says.**\n`, block('text', trace)]),
      `**What to change.** ${fault.change}\n`,
      block('diff', repair(name)),
    ].join('\n'),
  }
}

const chapters = readdirSync(faults, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()
  .map(chapter)

writeFileSync(
  new URL('docs/troubleshooting.md', root),
  `# Troubleshooting

<!-- Made by scripts/gen-troubleshooting.mjs from cases/faults. Do not edit. -->

Each of these is a test case: the wrong objects, what is said of them, and the objects put right (\`cases/faults/<name>/\`). In the repairs,
\`authorities\`, \`credentials\` and \`secrets\` say how the certificates of the case are issued and which secrets hold them.

| symptom | cause | code |
| --- | --- | --- |
${chapters.map(({ symptom, title, anchor, codes }) => `| ${symptom} | [${title}](#${anchor}) | ${codes.map((code) => `[${code}](diagnostics.md#${code.toLowerCase()})`).join(' ')} |`).join('\n')}

${chapters.map(({ text }) => text).join('\n')}`,
)
