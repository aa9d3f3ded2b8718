// The token buckets of one rate limit, by key. They live as long as the limit.
import {
  type Bucket,
  fullBucket,
  isFull,
  oweTokens,
  type RateLimitPlan,
  takeToken,
} from '../../../lower/filters/rate-limit.ts'

/** Keys of one rate limit that are kept. */
const MAX_BUCKETS = 10_000

export class Limiter {
  private readonly plan: RateLimitPlan
  private readonly taken: ((key: string) => void) | undefined
  private readonly buckets = new Map<string, Bucket>()

  /** `taken` is told of each token that is given out. */
  constructor(plan: RateLimitPlan, taken?: (key: string) => void) {
    this.plan = plan
    this.taken = taken
  }

  /** Takes a token; false when there is none. */
  take(key: string, now: number): boolean {
    const given = takeToken(this.plan, this.bucket(key, now), now)
    if (given) this.taken?.(key)
    return given
  }

  /** Counts tokens that another process has given out. */
  owe(key: string, count: number, now: number): void {
    oweTokens(this.plan, this.bucket(key, now), now, count)
  }

  private bucket(key: string, now: number): Bucket {
    let bucket = this.buckets.get(key)
    if (bucket === undefined) {
      if (this.buckets.size >= MAX_BUCKETS) this.dropFull(now)
      bucket = fullBucket(this.plan, now)
      this.buckets.set(key, bucket)
    }
    return bucket
  }

  /** Clients choose the keys. A bucket that has filled up again says nothing; when none has, the oldest goes. */
  private dropFull(now: number): void {
    for (const [key, bucket] of this.buckets) if (isFull(this.plan, bucket, now)) this.buckets.delete(key)
    for (const key of this.buckets.keys()) {
      if (this.buckets.size < MAX_BUCKETS) break
      this.buckets.delete(key)
    }
  }
}
