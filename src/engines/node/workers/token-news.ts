// Rate limits across workers: each has the whole bucket, and hears a moment later which tokens the others took, so that together they give out what one
// would. What was given out twice in that moment is owed, and held back afterwards.

/** Tokens taken from the bucket `key` of a rate limit of a proxy. `limit`: the number of the filter, the same in all workers. */
export interface TokensTaken {
  readonly proxy: string
  readonly limit: number
  readonly key: string
  count: number
}

/** How long news are gathered, ms. */
const GATHER_MS = 10

export class TokenNews {
  private readonly tell: (taken: readonly TokensTaken[]) => void
  private gathered = new Map<string, TokensTaken>()

  constructor(tell: (taken: readonly TokensTaken[]) => void) {
    this.tell = tell
  }

  /** A token was taken here. */
  took(proxy: string, limit: number, key: string): void {
    const name = `${proxy}|${limit}|${key}`
    const known = this.gathered.get(name)
    if (known !== undefined) {
      known.count++
      return
    }
    if (this.gathered.size === 0) setTimeout(() => this.flush(), GATHER_MS)
    this.gathered.set(name, { proxy, limit, key, count: 1 })
  }

  private flush(): void {
    const taken = [...this.gathered.values()]
    this.gathered = new Map()
    this.tell(taken)
  }
}
