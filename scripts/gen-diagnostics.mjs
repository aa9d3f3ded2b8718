// Writes docs/diagnostics.md: every code of the catalogue, with what it means and what to do.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadTs } from './load-ts.mjs'

const root = new URL('../', import.meta.url)
const { catalogue } = await loadTs(fileURLToPath(new URL('src/diagnostics/catalogue.ts', root)))

/** Two digits after SP name the family. */
const families = {
  '01': 'Input',
  '02': 'Secrets, certificates, trust',
  '03': 'Ingress and its annotations',
  '04': 'Gateway',
  '05': 'Routes',
  '06': 'Policies',
  '07': 'Services and workloads',
  '08': 'Engines',
  '09': 'Provider',
  10: 'Between two hops',
  11: 'Telemetry',
}

const codes = Object.keys(catalogue).sort()
const sections = Object.entries(families)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([digits, title]) => {
    const own = codes.filter((code) => code.slice(2, 4) === digits)
    const entries = own.map((code) => {
      const { severity, title: heading, explanation, fix } = catalogue[code]
      return `### ${code}: ${heading}\n\n<a id="${code.toLowerCase()}"></a>\n\n_${severity}_\n\n${explanation}\n\n**To do:** ${fix}\n`
    })
    return `## ${title} (SP${digits}xx)\n\n${entries.join('\n')}`
  })

writeFileSync(
  new URL('docs/diagnostics.md', root),
  `# Diagnostics

<!-- Made by scripts/gen-diagnostics.mjs from src/diagnostics/codes. Do not edit. -->

Everything that sallyport finds wrong has a code that never changes its meaning. \`sallyport lint\`, \`compile\`, \`trace\`, \`status\`, events of
\`kubectl describe\` and the header \`x-sallyport-reason\` of refused requests use the same codes.

${sections.join('\n')}`,
)
