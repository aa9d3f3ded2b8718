// As many requests as the other side answers, on kept connections.
import { flood, type Target } from '../load.ts'
import { cpuMicroseconds } from '../pinned.ts'
import type { Running, Scenario } from '../scenario.ts'

const MEASURE_SECONDS = 1.5
/** V8 has compiled what is asked often, for good, after some ten thousand requests. */
const WARM_REQUESTS = 10_000
const LEAST_REQUESTS = 4_000

interface Shape {
  readonly connections: number
  /** Requests at once on each, for HTTP/2. */
  readonly streams?: number
}

/** Requests per processor second of the peer; the second figure is per second of the clock. */
export function floods(
  id: string,
  title: string,
  target: (running: Running) => Target,
  { connections, streams = 0 }: Shape,
): Scenario {
  const run = async (running: Running, amount: number) => {
    const load = await flood(target(running), amount, connections, streams)
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
      const { requests, seconds } = await run(running, LEAST_REQUESTS)
      running.amounts.set(id, Math.max(LEAST_REQUESTS, Math.round((requests / seconds) * MEASURE_SECONDS)))
    },
    measure: async (running) => {
      const before = cpuMicroseconds(running.children)
      const { requests, seconds } = await run(running, running.amounts.get(id) ?? LEAST_REQUESTS)
      const used = cpuMicroseconds(running.children) - before
      return [(requests / used) * 1e6, requests / seconds]
    },
  }
}
