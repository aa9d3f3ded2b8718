// The control plane with one real Envoy, which is the last to be told; the other nodes are in bench/push/clients.ts.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEnvoyEngine } from '../../src/engines/envoy/index.ts'
import { EnvoyProcess } from '../../src/engines/envoy/run/envoy-process.ts'
import { findEnvoy } from '../../src/engines/envoy/run/find-envoy.ts'
import type { Proxy } from '../../src/ir/proxy.ts'
import type { VirtualHost } from '../../src/ir/route.ts'
import {
  chain,
  cluster,
  endpoint,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../test/engine/testing/model.ts'
import { percentile } from './percentile.ts'

const NODES = 100
const ROUTES_PER_HOST = 10
const [rounds = 50, ...sizes] = process.argv.slice(2).map(Number)
const here = dirname(fileURLToPath(import.meta.url))
const found = findEnvoy(process.env, join(here, '..', 'envoy'))
if (!('path' in found)) throw new Error('no Envoy: npm run envoy:install')

/** Ten routes; one of them answers with `round`. */
const host = (index: number, round: number): VirtualHost =>
  virtualHost(
    [`h${index}.test`],
    Array.from({ length: ROUTES_PER_HOST }, (_, at) =>
      route(
        { kind: 'direct-response', status: 200, body: String(round) },
        { name: `r${at}`, match: { path: { kind: 'prefix', value: `/r${at}` } } },
      ),
    ),
  )

/** Processor time of the Envoy whose bootstrap is in this folder. */
function envoyMilliseconds(directory: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const line = read(`/proc/${pid}/cmdline`).split('\0')
    if (!line[0]?.endsWith('envoy') || !line.some((word) => word.startsWith(directory))) continue
    const [user = 0, system = 0] =
      read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? []
    return (user + system) * 10
  }
  return 0
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function measure(binary: string, routes: number): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-push-'))
  const port = await freePort()
  const engine = await createEnvoyEngine({
    locate: (one, at) => ({ host: one, port: at }),
    accessLog: () => undefined,
    report: (diagnostic) => console.error(diagnostic.message),
    log: () => undefined,
    directory,
    listen: { host: '127.0.0.1', port: 0 },
  })
  const blobs = { get: () => undefined }
  const clusters = [cluster('app', [endpoint(1)])]
  const hosts = Array.from({ length: Math.max(1, routes / ROUTES_PER_HOST) }, (_, index) => host(index, 0))
  let version = 0
  const apply = (): Promise<unknown> => {
    const routeTable = table(...hosts)
    const listeners = [listener(port, [chain(manager(routeTable))])]
    const proxies: Proxy[] = Array.from({ length: NODES }, (_, index) =>
      proxy(`node-${index}`, listeners, clusters),
    )
    version += 1
    return engine.apply({ version, model: { proxies }, blobs })
  }
  await apply()
  const envoy = new EnvoyProcess(proxy(`node-${NODES - 1}`, [], []), {
    binary,
    directory,
    ads: { host: '127.0.0.1', port: engine.port },
    accessLog: () => undefined,
    log: () => undefined,
    exited: () => undefined,
  })
  await envoy.start()
  const clients = fork(join(here, 'clients.mjs'), [
    `127.0.0.1:${engine.port}`,
    String(NODES - 1),
    String(hosts.length),
  ])
  await once(clients, 'message')
  const bytes = async (): Promise<number> => {
    clients.send('bytes')
    return Number((await once(clients, 'message'))[0])
  }
  const requests = fork(join(here, 'requests.mjs'))
  const until = async (host: string, body: string): Promise<bigint> => {
    requests.send({ port, host, body })
    return BigInt((await once(requests, 'message'))[0])
  }
  await until('h0.test', '0')

  const served: number[] = []
  const acknowledged: number[] = []
  const before = await bytes()
  const cpu = process.cpuUsage()
  const envoyCpu = envoyMilliseconds(directory)
  for (let round = 1; round <= rounds; round++) {
    const index = (round * 7) % hosts.length
    hosts[index] = host(index, round)
    const begun = process.hrtime.bigint()
    const since = (moment: bigint) => Number(moment - begun) / 1e6
    await Promise.all([
      apply().then(() => acknowledged.push(since(process.hrtime.bigint()))),
      until(`h${index}.test`, String(round)).then((moment) => served.push(since(moment))),
    ])
  }
  const { user, system } = process.cpuUsage(cpu)
  const envoyTook = envoyMilliseconds(directory) - envoyCpu
  const sent = (await bytes()) - before
  const row = [
    String(routes),
    `${percentile(served, 0.5)} / ${percentile(served, 0.99)}`,
    `${percentile(acknowledged, 0.5)} / ${percentile(acknowledged, 0.99)}`,
    ((user + system) / 1000 / rounds).toFixed(1),
    (envoyTook / rounds).toFixed(1),
    String(Math.round(sent / rounds / (NODES - 1))),
    String(Math.round(process.memoryUsage().rss / 1_048_576)),
  ]
  clients.disconnect()
  requests.disconnect()
  await envoy.stop(0)
  await engine.close()
  rmSync(directory, { recursive: true, force: true })
  return `| ${row.join(' | ')} |`
}

console.log(
  '| routes | served p50 / p99 ms | all 100 nodes p50 / p99 ms | CPU ms | Envoy CPU ms | bytes per node | memory MB |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- |')
for (const routes of sizes.length > 0 ? sizes : [10, 1_000, 10_000])
  console.log(await measure(found.path, routes))
