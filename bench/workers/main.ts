// One listener with TLS, answered by the engine itself: in this process, in one worker, in two. Requests, handshakes, updates, and the time without a worker.
import { execFile, execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Engine, Update } from '../../src/engines/engine.ts'
import { createNodeEngine } from '../../src/engines/node/index.ts'
import type { CertificateRef } from '../../src/ir/certificate.ts'
import type { VirtualHost } from '../../src/ir/route.ts'
import { facts, TestBlobs } from '../../test/engine/testing/certificates.ts'
import {
  chain,
  freePort,
  listener,
  manager,
  proxy,
  route,
  table,
  virtualHost,
} from '../../test/engine/testing/model.ts'

const [rounds = '3', seconds = '3', one] = process.argv.slice(2)
const HOSTS = 10_000
/** 0: the engine in its user's process. */
const ARRANGEMENTS = [0, 1, 2] as const

const blobs = new TestBlobs()
const certificate = rsaCertificate()
const port = await freePort()
const host = (name: string, text: string): VirtualHost =>
  virtualHost([name], [route({ kind: 'direct-response', status: 200, body: text })])
const many = Array.from({ length: HOSTS }, (_, index) => host(`h${index}.test`, String(index)))

/** RSA with 4096 bits: to sign is far dearer than to verify, so that the load needs little of the machine. */
function rsaCertificate(): CertificateRef {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
  try {
    writeFileSync(join(folder, 'key'), key, { mode: 0o600 })
    const args = ['req', '-x509', '-key', join(folder, 'key'), '-days', '1', '-subj', '/CN=localhost']
    const chain = execFileSync('openssl', args, { encoding: 'utf8' })
    const [leaf] = facts(chain)
    if (leaf === undefined) throw new Error(`openssl made no certificate: ${chain}`)
    return { name: 'bench', chain: blobs.put(chain), key: blobs.put(key), leaf, origin: {} }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function update(version: number, hosts: readonly VirtualHost[]): Update {
  const tls = { certificates: [certificate], alpn: [], clientCertificate: { mode: 'none' as const } }
  const handler = manager(table(host('*', 'hello'), ...hosts))
  return { version, blobs, model: { proxies: [proxy('g', [listener(port, [chain(handler, { tls })])], [])] } }
}

interface Answered {
  readonly perSecond: number
  /** Of all processes of the engine, a request. */
  readonly cpuMicroseconds: number
}

/** As many requests as are answered, on kept connections or on one for each. */
async function load(engine: Engine, kept: boolean): Promise<Answered> {
  const close = kept ? [] : ['-H', 'Connection: close']
  const args = ['-t', '1', '-c', '40', '-d', `${seconds}s`, ...close, `https://127.0.0.1:${port}/`]
  const pids = engine.status().workers?.map(({ pid }) => pid ?? 0) ?? [process.pid]
  const before = cpuMicroseconds(pids)
  const { stdout } = await promisify(execFile)('wrk', args)
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    cpuMicroseconds: (cpuMicroseconds(pids) - before) / count,
  }
}

const TICK_US = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Processor time, by /proc/PID/stat (proc(5)). */
function cpuMicroseconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, one) => sum + one, 0) * TICK_US
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** From the end of a worker's process until another serves in its place; undefined: there is none. */
async function replacement(engine: Engine): Promise<number | undefined> {
  const pid = engine.status().workers?.[0]?.pid
  if (pid === undefined) return undefined
  return timed(async () => {
    process.kill(pid, 'SIGKILL')
    const other = () => engine.status().workers?.[0]
    while (other()?.pid === pid || other()?.state !== 'running')
      await new Promise((resolve) => setTimeout(resolve, 1))
  })
}

async function measure(workers: number): Promise<Readonly<Record<string, number>>> {
  const engine = createNodeEngine(
    {
      locate: (address, at) => ({ host: address, port: at }),
      accessLog: () => undefined,
      report: () => undefined,
    },
    workers === 0 ? undefined : { count: workers, entry: join(process.cwd(), 'dist', 'worker.js') },
  )
  await engine.apply(update(1, []))
  // Code that has run for a while is another code than that of the first second.
  for (const kept of [true, false]) await load(engine, kept)
  const [requests, handshakes] = [await load(engine, true), await load(engine, false)]
  const figures: Record<string, number> = {
    'requests/s': requests.perSecond,
    'processor time of a request, µs': requests.cpuMicroseconds,
    'handshakes/s (RSA 4096)': handshakes.perSecond,
    'processor time of a handshake, µs': handshakes.cpuMicroseconds,
    'first model of 10,000 hosts, ms': await timed(() => engine.apply(update(2, many))),
  }
  const changes: number[] = []
  for (let version = 3; version < 23; version++) {
    const hosts = [...many]
    hosts[version] = host(`h${version}.test`, 'changed')
    changes.push(await timed(() => engine.apply(update(version, hosts))))
  }
  figures['one changed host of 10,000, ms'] = median(changes)
  const replaced = await replacement(engine)
  await engine.close()
  return { ...figures, ...(replaced === undefined ? {} : { 'replacement of a killed worker, ms': replaced }) }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function compare(): Promise<void> {
  const results = new Map<number, Readonly<Record<string, number>>[]>()
  for (let round = 0; round < Number(rounds); round++) {
    for (const workers of ARRANGEMENTS) {
      // Each in a process of its own: nothing is warm, or memoised, from the one before.
      const args = [process.argv[1] ?? '', rounds, seconds, String(workers)]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      const figures = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, number>
      results.set(workers, [...(results.get(workers) ?? []), figures])
    }
  }
  console.log(
    `| medians of ${rounds} rounds | in this process | 1 worker | 2 workers |\n| --- | --- | --- | --- |`,
  )
  for (const name of Object.keys(results.get(2)?.[0] ?? {})) {
    const cells = ARRANGEMENTS.map((workers) => {
      const values = (results.get(workers) ?? []).flatMap((figures) => figures[name] ?? [])
      return values.length === 0 ? '' : median(values).toFixed(median(values) < 100 ? 1 : 0)
    })
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

if (one === undefined) await compare()
else console.log(JSON.stringify(await measure(Number(one))))
