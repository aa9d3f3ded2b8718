import { describe, expect, it } from 'vitest'
import { fullBucket, oweTokens, rateLimitPlan, takeToken } from './rate-limit.ts'

const plan = rateLimitPlan({
  kind: 'rate-limit',
  origin: {},
  config: { tokens: 4, intervalMs: 1000, burst: 2, status: 429 },
})

describe('a token bucket', () => {
  it('gives the tokens of an interval and the burst, then what has dripped in', () => {
    const bucket = fullBucket(plan, 0)
    const given = (now: number, tries: number): number =>
      Array.from({ length: tries }, () => takeToken(plan, bucket, now)).filter(Boolean).length
    expect(given(0, 10)).toBe(6)
    expect(given(500, 10)).toBe(2)
    expect(given(100_000, 10)).toBe(6)
  })

  it('owes what was given out elsewhere, but never more than it holds', () => {
    const bucket = fullBucket(plan, 0)
    oweTokens(plan, bucket, 0, 5)
    expect([takeToken(plan, bucket, 0), takeToken(plan, bucket, 0)]).toEqual([true, false])
    oweTokens(plan, bucket, 0, 1000)
    expect(bucket.tokens).toBe(-6)
    // Six tokens are paid back in one and a half intervals, the next comes a quarter later.
    expect([takeToken(plan, bucket, 1500), takeToken(plan, bucket, 1750)]).toEqual([false, true])
  })
})
