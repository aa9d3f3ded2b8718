// Which endpoint of a cluster takes a request (Envoy's load balancers).
import type { Balancing } from '../../../../ir/cluster.ts'
import { type Balancer, type Candidate, type Random, weightedRandom } from './candidate.ts'
import { hashRing } from './hash-ring.ts'

/** Makes the balancer of a list of candidates. */
export function makeBalancer(
  balancing: Balancing,
  candidates: readonly Candidate[],
  random: Random,
): Balancer {
  switch (balancing.kind) {
    case 'round-robin':
      return roundRobin(candidates, random)
    case 'least-request':
      return leastRequest(candidates, random)
    case 'random':
      return { pick: (_hash, avoid) => weightedRandom(candidates, random, avoid) }
    default:
      return hashRing(balancing, candidates, random)
  }
}

/** Smooth weighted round robin (nginx's): heavier endpoints more often, evenly spread. Starts at a random place, so that many proxies do not agree. */
function roundRobin(candidates: readonly Candidate[], random: Random): Balancer {
  const equal = candidates.every(({ weight }) => weight === candidates[0]?.weight)
  let next = Math.floor(random() * candidates.length)
  const current = candidates.map(() => 0)
  return {
    pick: (_hash, avoid) => {
      if (equal) {
        for (let tries = 0; tries < candidates.length; tries++) {
          const index = next
          next = (next + 1) % candidates.length
          if (candidates[index]?.usable === true && avoid?.has(index) !== true) return index
        }
        return undefined
      }
      let best: number | undefined
      let total = 0
      for (const [index, candidate] of candidates.entries()) {
        if (!candidate.usable || avoid?.has(index) === true) continue
        total += candidate.weight
        current[index] = (current[index] as number) + candidate.weight
        if (best === undefined || (current[index] as number) > (current[best] as number)) best = index
      }
      if (best !== undefined) current[best] = (current[best] as number) - total
      return best
    },
  }
}

/** The less loaded of two drawn at random. */
function leastRequest(candidates: readonly Candidate[], random: Random): Balancer {
  return {
    pick: (_hash, avoid) => {
      if (candidates.length === 1) {
        return candidates[0]?.usable === true && avoid?.has(0) !== true ? 0 : undefined
      }
      const one = weightedRandom(candidates, random, avoid)
      const other = weightedRandom(candidates, random, avoid)
      if (one === undefined || other === undefined) return one
      return (candidates[other] as Candidate).active < (candidates[one] as Candidate).active ? other : one
    },
  }
}
