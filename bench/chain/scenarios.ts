// What is measured of each peer: one figure a round.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { flood, pace, percentile, type Target } from './load.ts'
import { type Child, cpuMicroseconds, LOAD_CORE, residentBytes } from './pinned.ts'
import { NAMES, type Topology } from './topology.ts'

/** A peer with its doors open. */
export interface Running {
  readonly topology: Topology
  readonly children: readonly Child[]
  /** Requests that fill the time of one measurement, by scenario: found while warming up. */
  readonly amounts: Map<string, number>
}

export interface Scenario {
  readonly id: string
  readonly title: string
  /** Of the figures, for the table. */
  readonly unit: string
  readonly better: 'more' | 'less'
  /** Named figures, the first of which counts for the ratio. */
  readonly measure: (running: Running) => Promise<readonly number[]>
  readonly warmUp?: (running: Running) => Promise<void>
}

const MEASURE_SECONDS = 2
const WARM_REQUESTS = 4_000
const HANDSHAKES = 300
const IDLE_CONNECTIONS = 1_000
const PACE = 1_000
const PACE_SECONDS = 5

interface Flood {
  readonly connections: number
  readonly streams?: number
}

function floods(
  id: string,
  title: string,
  target: (topology: Topology) => Target,
  { connections, streams = 0 }: Flood,
): Scenario {
  const run = async ({ topology }: Running, amount: number) => {
    const load = await flood(target(topology), amount, connections, streams)
    if (load.answered !== load.requests)
      throw new Error(`${id}: ${load.answered} of ${load.requests} were answered`)
    return load
  }
  return {
    id,
    title,
    unit: 'requests per processor second',
    better: 'more',
    warmUp: async (running) => {
      await run(running, WARM_REQUESTS)
      const { requests, seconds } = await run(running, WARM_REQUESTS)
      running.amounts.set(id, Math.max(WARM_REQUESTS, Math.round((requests / seconds) * MEASURE_SECONDS)))
    },
    measure: async (running) => {
      const before = cpuMicroseconds(running.children)
      const { requests, seconds } = await run(running, running.amounts.get(id) ?? WARM_REQUESTS)
      const used = cpuMicroseconds(running.children) - before
      return [(requests / used) * 1e6, requests / seconds]
    },
  }
}

function client(work: string, { topology }: Running, count: number) {
  const { port, name } =
    work === 'idle' ? { port: topology.edge, name: NAMES.two } : { port: topology.tls, name: NAMES.one }
  const child = fork(join(import.meta.dirname, 'chain-idle.mjs'), [work, String(port), name, String(count)], {
    execPath: 'taskset',
    execArgv: ['-c', String(LOAD_CORE), process.execPath],
  })
  return child
}

function handshakes(work: 'full' | 'resumed', title: string): Scenario {
  return {
    id: `handshakes-${work}`,
    title,
    unit: 'connections per processor second, each with one request',
    better: 'more',
    measure: async (running) => {
      const before = cpuMicroseconds(running.children)
      const child = client(work, running, HANDSHAKES)
      const [{ resumed }] = (await once(child, 'message')) as [{ resumed: number }]
      const used = cpuMicroseconds(running.children) - before
      if (work === 'full' && resumed > 0) throw new Error(`${resumed} handshakes were resumed`)
      return [(HANDSHAKES / used) * 1e6, resumed / HANDSHAKES]
    },
  }
}

const idle: Scenario = {
  id: 'idle',
  title: 'memory of an idle TLS connection',
  unit: 'KiB, both hops',
  better: 'less',
  measure: async (running) => {
    const before = residentBytes(running.children)
    const child = client('idle', running, IDLE_CONNECTIONS)
    await once(child, 'message')
    const after = residentBytes(running.children)
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
    return [Math.max(0, after - before) / IDLE_CONNECTIONS / 1024, after / 1024 / 1024]
  },
}

const paced: Scenario = {
  id: 'pace',
  title: `chain at ${PACE.toLocaleString('en')} requests/s`,
  unit: 'p99 ms (p50)',
  better: 'less',
  measure: async ({ topology }) => {
    const times = await pace(chain()(topology), PACE, PACE_SECONDS, topology.folder)
    return [percentile(times, 0.99), percentile(times, 0.5)]
  },
}

const plain = ({ plain: port }: Topology): Target => ({ port, name: NAMES.one, tls: false, path: '/' })
const tls = ({ tls: port }: Topology): Target => ({ port, name: NAMES.one, tls: true, path: '/' })
const chain =
  (path = '/') =>
  ({ edge: port }: Topology): Target => ({ port, name: NAMES.two, tls: true, path })

export const scenarios: readonly Scenario[] = [
  floods('plain', 'one hop, plaintext', plain, { connections: 64 }),
  floods('tls', 'one hop behind TLS', tls, { connections: 64 }),
  floods('chain', 'chain: TLS, mutual TLS, program', chain(), { connections: 64 }),
  floods('chain-64k', 'chain, bodies of 64 KiB', chain('/64k'), { connections: 32 }),
  floods('http2', 'one hop behind TLS, HTTP/2', tls, { connections: 8, streams: 16 }),
  handshakes('full', 'full handshakes'),
  handshakes('resumed', 'resumed handshakes'),
  paced,
  idle,
]
