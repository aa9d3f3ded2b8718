// Which endpoint of a list takes a request (Envoy's load balancers, but for consistent hashing).
import type { Balancing } from '../../../../ir/cluster.ts'
import { type Balancer, type Candidate, type Random, weightedDraw } from './candidate.ts'

/** Makes the balancer of candidates that may all be used. */
export function makeBalancer<T extends Candidate>(
  kind: Exclude<Balancing['kind'], 'ring-hash' | 'maglev'>,
  candidates: readonly T[],
  random: Random,
): Balancer<T> {
  if (kind === 'round-robin') return roundRobin(candidates, random)
  if (kind === 'least-request') return leastRequest(candidates, random)
  const draw = weightedDraw(candidates, random)
  return { pick: (_hash, tried) => draw(tried) }
}

/** Smooth weighted round robin (nginx's): heavier ones more often, evenly spread. Starts at a random place, so that many proxies do not agree. */
export function roundRobin<T extends Candidate>(candidates: readonly T[], random: Random): Balancer<T> {
  const equal = candidates.every(({ weight }) => weight === candidates[0]?.weight)
  let next = Math.floor(random() * candidates.length)
  const current = candidates.map(() => 0)
  return {
    pick: (_hash, tried) => {
      if (equal) {
        for (let tries = 0; tries < candidates.length; tries++) {
          const candidate = candidates[next] as T
          next = (next + 1) % candidates.length
          if (tried?.has(candidate.key) !== true) return candidate
        }
        return undefined
      }
      let best: number | undefined
      let total = 0
      for (const [index, { key, weight }] of candidates.entries()) {
        if (tried?.has(key) === true) continue
        total += weight
        current[index] = (current[index] as number) + weight
        if (best === undefined || (current[index] as number) > (current[best] as number)) best = index
      }
      if (best === undefined) return undefined
      current[best] = (current[best] as number) - total
      return candidates[best]
    },
  }
}

/** The less loaded of two drawn at random. */
function leastRequest<T extends Candidate>(candidates: readonly T[], random: Random): Balancer<T> {
  const draw = weightedDraw(candidates, random)
  return {
    pick: (_hash, tried) => {
      const one = draw(tried)
      const other = candidates.length > 1 ? draw(tried) : one
      if (one === undefined || other === undefined) return one
      return other.active < one.active ? other : one
    },
  }
}
