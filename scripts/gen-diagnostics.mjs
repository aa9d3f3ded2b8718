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
      const { severity, title: heading, explanation, fix, istio = [] } = catalogue[code]
      const same = istio.length === 0 ? '' : `, in Istio ${istio.join(', ')}`
      return `### ${code}: ${heading}\n\n<a id="${code.toLowerCase()}"></a>\n\n_${severity}_${same}\n\n${explanation}\n\n**To do:** ${fix}\n`
    })
    return `## ${title} (SP${digits}xx)\n\n${entries.join('\n')}`
  })

/** Codes of Istio's analyzers that have no counterpart here, and why. */
const without = {
  'IST0001, IST0139, IST0141, IST0142, IST0158, IST0163, IST0164, IST0168, IST0169':
    'about an installation of Istio',
  'IST0110, IST0111': 'Sidecar is not supported; the object is told of as SP0108',
  'IST0126, IST0170': 'about several clusters',
  'IST0134, IST0177': 'ServiceEntry is not supported; the object is told of as SP0108',
  IST0143: 'what a program listens on stands in no object',
  IST0148: 'injection without a label is not supported',
  IST0150: 'an ExternalName Service has no endpoints here, which SP0104 says',
  'IST0151, IST0152, IST0153, IST0154, IST0155':
    'EnvoyFilter is not supported; the object is told of as SP0108',
  'IST0156, IST0165, IST0166, IST0171, IST0172, IST0176': 'about the Gateway API, which is not supported yet',
  'IST0159, IST0160': 'of several Telemetry objects in one place the oldest counts, as in Istio',
  IST0167: 'about waypoints',
  IST0175: 'sallyport fetches the keys of issuers itself',
}
const ours = new Map()
for (const code of codes)
  for (const istio of catalogue[code].istio ?? []) ours.set(istio, [...(ours.get(istio) ?? []), code])
const link = (code) => `[${code}](#${code.toLowerCase()})`
const rows = [
  ...[...ours].map(([istio, same]) => [istio, same.map(link).join(' ')]),
  ...Object.entries(without).map(([istio, why]) => [istio, `none: ${why}`]),
].sort(([a], [b]) => (a < b ? -1 : 1))

writeFileSync(
  new URL('docs/diagnostics.md', root),
  `# Diagnostics

<!-- Made by scripts/gen-diagnostics.mjs from src/diagnostics/codes. Do not edit. -->

Everything that sallyport finds wrong has a code that never changes its meaning. \`sallyport lint\`, \`compile\`, \`trace\`, \`status\`, events of
\`kubectl describe\` and the header \`x-sallyport-reason\` of refused requests use the same codes.

${sections.join('\n')}
## Codes of Istio's analyzers

What \`istioctl analyze\` knows, and the code that says it here.

| Istio | here |
| --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`,
)
