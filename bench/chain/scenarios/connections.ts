// What a TLS connection costs: its handshake, full and resumed, and the memory that it holds.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Target } from '../load.ts'
import { cpuMicroseconds, LOAD_CORE, residentBytes } from '../pinned.ts'
import { chain, type Scenario, tls } from '../scenario.ts'
import type { ClientsReport } from '../tls-clients.ts'

const HANDSHAKES = 1_500
const WARM_HANDSHAKES = 600
const HELD = 5_000

type Work = 'full' | 'resumed' | 'held'

/** Has a process open connections; fulfils when each has had its answer. Ends when it is disconnected. */
async function clients(
  work: Work,
  { port, name }: Target,
  count: number,
): Promise<{ readonly report: ClientsReport; readonly process: ChildProcess }> {
  const child = fork(
    join(import.meta.dirname, 'chain-clients.mjs'),
    [work, String(port), name, String(count)],
    {
      execPath: 'taskset',
      execArgv: ['-c', String(LOAD_CORE), process.execPath],
    },
  )
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the clients ended with ${code}`)
  })
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [ClientsReport]
  ended.catch(() => undefined)
  return { report, process: child }
}

function handshakes(work: 'full' | 'resumed', title: string): Scenario {
  return {
    id: `handshakes-${work}`,
    title,
    unit: 'connections per processor second, each with one request',
    better: 'more',
    warmUp: async (running) => {
      await clients(work, tls(running), WARM_HANDSHAKES)
    },
    measure: async (running) => {
      const before = cpuMicroseconds(running.children)
      const { report } = await clients(work, tls(running), HANDSHAKES)
      const used = cpuMicroseconds(running.children) - before
      const expected = work === 'full' ? 0 : HANDSHAKES
      if (report.resumed !== expected)
        throw new Error(`${report.resumed} of ${HANDSHAKES} handshakes were resumed, not ${expected}`)
      return [(HANDSHAKES / used) * 1e6]
    },
  }
}

/** Beyond what is made once, and by handshakes that are over: some of those come first. */
const held: Scenario = {
  id: 'idle',
  title: `memory of an idle TLS connection, ${HELD.toLocaleString('en')} of them held open after a request`,
  unit: 'KiB, both hops',
  better: 'less',
  // Memory that a process has freed it takes again: what the same connections need a second time is no measure.
  fresh: true,
  measure: async (running) => {
    await clients('full', chain()(running), WARM_HANDSHAKES)
    const before = residentBytes(running.children)
    const { report, process } = await clients('held', chain()(running), HELD)
    const after = residentBytes(running.children)
    const gone = once(process, 'exit')
    process.disconnect()
    await gone
    if (report.open !== HELD) throw new Error(`${report.open} of ${HELD} connections stayed open`)
    return [(after - before) / HELD / 1024]
  },
}

export const connections: readonly Scenario[] = [
  handshakes('full', 'full handshakes'),
  handshakes('resumed', 'resumed handshakes'),
  held,
]
