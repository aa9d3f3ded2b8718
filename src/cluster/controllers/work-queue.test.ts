import { describe, expect, it } from 'vitest'
import { WorkQueue } from './work-queue.ts'

describe('WorkQueue', () => {
  it('works on a key once for changes made in one go, and again for one made meanwhile', async () => {
    const runs: string[] = []
    const gate = deferred()
    const second = deferred()
    const queue = new WorkQueue({
      failed: () => undefined,
      work: async (key) => {
        runs.push(key)
        if (runs.length === 1) await gate.promise
        else second.resolve()
        return undefined
      },
    })
    queue.add('a')
    queue.add('a')
    await Promise.resolve()
    queue.add('a')
    queue.add('a')
    gate.resolve()
    await second.promise
    await queue.close()
    expect(runs).toEqual(['a', 'a'])
  })

  it('never works on one key twice at the same time, but on several keys at once', async () => {
    const active = new Map<string, number>()
    let most = 0
    let done = 0
    const all = deferred()
    const queue = new WorkQueue({
      concurrency: 3,
      failed: () => undefined,
      work: async (key) => {
        active.set(key, (active.get(key) ?? 0) + 1)
        expect(active.get(key)).toBe(1)
        most = Math.max(most, [...active.values()].filter((count) => count > 0).length)
        await new Promise((resolve) => setImmediate(resolve))
        active.set(key, 0)
        if (++done === 6) all.resolve()
        return undefined
      },
    })
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(key)
    await all.promise
    await queue.close()
    expect(most).toBe(3)
  })

  it('tries a failed key again and reports each failure', async () => {
    const failures: unknown[] = []
    const success = deferred()
    const queue = new WorkQueue({
      failed: (key, error) => failures.push([key, error]),
      work: async () => {
        if (failures.length < 2) throw new Error('not yet')
        success.resolve()
        return undefined
      },
    })
    queue.add('a')
    await success.promise
    await queue.close()
    expect(failures).toHaveLength(2)
  })

  it('looks again after the pause that work asks for, and not after close', async () => {
    let runs = 0
    const second = deferred()
    const queue = new WorkQueue({
      failed: () => undefined,
      work: async () => {
        if (++runs === 2) second.resolve()
        return 1
      },
    })
    queue.add('a')
    await second.promise
    await queue.close()
    const seen = runs
    queue.add('a')
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(runs).toBe(seen)
  })
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
