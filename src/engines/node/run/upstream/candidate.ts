// What balancers choose from.

/** What a balancer knows of an endpoint, or of a group of them. */
export interface Candidate {
  readonly weight: number
  /** `address:port`: what consistent hashing places on its ring, and what tries are told apart by. */
  readonly key: string
  /** Requests in flight. */
  readonly active: number
}

/** `hash` steers consistent hashing; `tried` holds keys not to pick; undefined: there is no other. */
export interface Balancer<T> {
  pick(hash: number | undefined, tried: ReadonlySet<string> | undefined): T | undefined
}

export type Random = () => number

/** What a request draws by weight: one random number and a search that takes no longer for many than for few. */
export function weightedDraw<T extends Candidate>(
  candidates: readonly T[],
  random: Random,
): (tried: ReadonlySet<string> | undefined) => T | undefined {
  const equal = candidates.every(({ weight }) => weight === candidates[0]?.weight)
  let total = 0
  const ends = candidates.map(({ weight }) => (total += weight))
  const draw = (): T | undefined => {
    if (equal) return candidates[Math.floor(random() * candidates.length)]
    const at = random() * total
    let low = 0
    let high = ends.length - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((ends[middle] as number) > at) high = middle
      else low = middle + 1
    }
    return candidates[low]
  }
  return (tried) => {
    const drawn = draw()
    if (drawn === undefined || tried?.has(drawn.key) !== true) return drawn
    const others = candidates.filter(({ key }) => !tried.has(key))
    return others.length === 0 ? undefined : weightedDraw(others, random)(undefined)
  }
}
