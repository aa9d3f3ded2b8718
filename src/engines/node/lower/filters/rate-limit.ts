// rate-limit: token buckets in the proxy itself.
import type { Filter, FilterConfig } from '../../../../ir/filter.ts'

export type RateLimitPlan = { readonly kind: 'rate-limit' } & FilterConfig['rate-limit']

export interface Bucket {
  tokens: number
  /** When it was last filled, ms. */
  at: number
}

export function rateLimitPlan(filter: Filter<'rate-limit'>): RateLimitPlan {
  return { kind: 'rate-limit', ...filter.config }
}

/** A bucket that holds all it can: the tokens of one interval and the burst. */
export function fullBucket(plan: RateLimitPlan, now: number): Bucket {
  return { tokens: plan.tokens + plan.burst, at: now }
}

/** Takes one token, filling up first for the time that passed; false when there is none. */
export function takeToken(plan: RateLimitPlan, bucket: Bucket, now: number): boolean {
  const gained = ((now - bucket.at) / plan.intervalMs) * plan.tokens
  bucket.tokens = Math.min(plan.tokens + plan.burst, bucket.tokens + gained)
  bucket.at = now
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}
