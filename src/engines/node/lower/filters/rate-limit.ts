// rate-limit: token buckets in the proxy itself.
import type { Filter, FilterConfig } from '../../../../ir/filter.ts'

export type RateLimitPlan = {
  readonly kind: 'rate-limit'
  readonly source: Filter<'rate-limit'>
} & FilterConfig['rate-limit']

export interface Bucket {
  tokens: number
  /** When it was last filled, ms. */
  at: number
}

export function rateLimitPlan(filter: Filter<'rate-limit'>): RateLimitPlan {
  return { kind: 'rate-limit', source: filter, ...filter.config }
}

/** A bucket that holds all it can: the tokens of one interval and the burst. */
export function fullBucket(plan: RateLimitPlan, now: number): Bucket {
  return { tokens: plan.tokens + plan.burst, at: now }
}

function fill(plan: RateLimitPlan, bucket: Bucket, now: number): number {
  const gained = ((now - bucket.at) / plan.intervalMs) * plan.tokens
  return Math.min(plan.tokens + plan.burst, bucket.tokens + gained)
}

/** True when it holds what a new one would. */
export function isFull(plan: RateLimitPlan, bucket: Bucket, now: number): boolean {
  return fill(plan, bucket, now) === plan.tokens + plan.burst
}

/** Takes one token, filling up first for the time that passed; false when there is none. */
export function takeToken(plan: RateLimitPlan, bucket: Bucket, now: number): boolean {
  bucket.tokens = fill(plan, bucket, now)
  bucket.at = now
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

/** Takes tokens that were given out already, elsewhere. What is not there is owed, at most what the bucket holds. */
export function oweTokens(plan: RateLimitPlan, bucket: Bucket, now: number, count: number): void {
  bucket.tokens = Math.max(-(plan.tokens + plan.burst), fill(plan, bucket, now) - count)
  bucket.at = now
}
