import { describe, expect, it } from 'vitest'
import { INGRESS, POD, SECRET, VIRTUAL_SERVICE } from '../resources/kinds.ts'
import { inForce, isRouting } from './in-force.ts'

describe('inForce', () => {
  it('waits for the loop, and no longer than it may', async () => {
    let applied = false
    const soon = {
      settled: () =>
        new Promise<void>((resolve) =>
          setImmediate(() => {
            applied = true
            resolve()
          }),
        ),
    }
    await inForce(soon)
    expect(applied).toBe(true)
    await inForce({ settled: () => new Promise<void>(() => undefined) })
  })

  it('is for what users write routes and trust with', () => {
    expect([INGRESS, VIRTUAL_SERVICE, SECRET, POD].map(isRouting)).toEqual([true, true, true, false])
  })
})
