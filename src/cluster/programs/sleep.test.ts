import { describe, expect, it } from 'vitest'
import { sleepMs } from './sleep.ts'

describe('sleepMs', () => {
  it.each([
    [['5'], 5000],
    [['1m', '30s'], 90_000],
    [['0.5h'], 1_800_000],
    [['3650d'], 315_360_000_000],
    [['infinity'], Number.POSITIVE_INFINITY],
    [['inf'], Number.POSITIVE_INFINITY],
  ])('%j', (args, expected) => {
    expect(sleepMs(args)).toBe(expected)
  })
  it('refuses what sleep refuses', () => {
    expect(sleepMs([])).toBeUndefined()
    expect(sleepMs(['soon'])).toBeUndefined()
    expect(sleepMs(['1w'])).toBeUndefined()
  })
})
