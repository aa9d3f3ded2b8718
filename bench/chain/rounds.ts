// Every scenario with every peer, one after the other in each round, so that what the machine does meanwhile meets all of them.
import type { Doors } from './doors.ts'
import type { Peer } from './peer.ts'
import type { Running, Scenario } from './scenario.ts'

export interface Measured {
  /** Of a scenario and a peer, the median of each of its figures; empty where it failed. */
  figures(scenario: Scenario, peer: Peer): readonly number[]
  readonly failures: readonly string[]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** Warms up, then measures `rounds` times. A peer that fails leaves its place empty: the others are still worth their figures. */
export async function measure(
  doors: Doors,
  peers: readonly Peer[],
  scenarios: readonly Scenario[],
  rounds: number,
  say: (text: string) => void,
): Promise<Measured> {
  const figures = new Map<string, number[][]>()
  const failures: string[] = []
  const place = (scenario: Scenario, peer: Peer): string => `${scenario.id} ${peer.name}`
  const attempt = async (scenario: Scenario, peer: Peer, running: Running, warmingUp: boolean) => {
    try {
      if (warmingUp) await scenario.warmUp?.(running)
      else {
        const key = place(scenario, peer)
        figures.set(key, [...(figures.get(key) ?? []), [...(await scenario.measure(running))]])
      }
    } catch (error) {
      const said = running.children.map((child) => child.output()).join('\n')
      failures.push(`${peer.name}, ${scenario.id}: ${String(error)}\n${said}`)
    }
  }
  const running = new Map<Peer, Running>()
  for (const peer of peers) running.set(peer, await doors.open(peer))
  for (let round = 0; round <= rounds; round++)
    for (const scenario of scenarios)
      for (let time = 0; time < (round === 0 ? 1 : (scenario.perRound ?? 1)); time++)
        for (const [peer, warm] of running) {
          say(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${scenario.id}, ${peer.name}`)
          if (scenario.fresh !== true) await attempt(scenario, peer, warm, round === 0)
          else if (round === 1) {
            const fresh = await doors.open(peer)
            await attempt(scenario, peer, fresh, false)
            await doors.close(fresh)
          }
        }
  say('')
  return {
    failures,
    figures: (scenario, peer) => {
      const all = figures.get(place(scenario, peer)) ?? []
      return (all[0] ?? []).map((_, at) => median(all.map((one) => one[at] ?? Number.NaN)))
    },
  }
}
