// The soak in short: a few hundred visits, after which the process holds what it held before. `npm run outside:soak` is the long one.
import { describe, expect, test } from 'vitest'
import { soak } from '../soak/soak.ts'

describe.each(['wire', 'memory', 'two workers'] as const)('%s', (setting) => {
  test('mixed traffic and changes of everything: nobody gets what is wrong, nothing stays', async () => {
    const report = await soak(
      setting,
      (visits) => visits >= 130,
      (visits) => visits >= 260,
    )
    expect(report.wrong).toEqual([])
    expect(report.changes).toBeGreaterThan(10)
    expect(report.inFlight).toBe(0)
    expect(report.end.handles).toEqual(report.start.handles)
    // A leak of a connection or a plan for each visit would be more.
    expect(report.end.bytes - report.start.bytes).toBeLessThan(report.end.processes * 3 * 1024 * 1024)
  })
})
