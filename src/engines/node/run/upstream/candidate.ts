// What balancers choose from.

/** What a balancer knows of an endpoint. */
export interface Candidate {
  readonly weight: number
  /** `address:port`: what consistent hashing places on its ring. */
  readonly key: string
  /** Requests in flight. */
  readonly active: number
  /** Healthy by the model, its checks, and not ejected. */
  readonly usable: boolean
}

/** Picks by index; undefined when no candidate is usable. `hash` steers consistent hashing; `avoid` holds indexes tried already. */
export interface Balancer {
  pick(hash: number | undefined, avoid: ReadonlySet<number> | undefined): number | undefined
}

export type Random = () => number

/** A usable candidate drawn by weight. */
export function weightedRandom(
  candidates: readonly Candidate[],
  random: Random,
  avoid: ReadonlySet<number> | undefined,
): number | undefined {
  let total = 0
  for (const [index, { usable, weight }] of candidates.entries()) {
    if (usable && avoid?.has(index) !== true) total += weight
  }
  let at = random() * total
  let last: number | undefined
  for (const [index, { usable, weight }] of candidates.entries()) {
    if (!usable || avoid?.has(index) === true) continue
    last = index
    at -= weight
    if (at < 0) return index
  }
  return last
}
