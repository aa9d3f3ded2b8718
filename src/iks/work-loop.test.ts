import { describe, expect, it } from 'vitest'
import { WorkLoop } from './work-loop.ts'

describe('WorkLoop', () => {
  it('runs passes one at a time, and one after every trigger', async () => {
    let running = 0
    let passes = 0
    const loop = new WorkLoop(async () => {
      expect(running).toBe(0)
      running++
      await Promise.resolve()
      passes++
      running--
      return Number.POSITIVE_INFINITY
    }, Date.now)
    await Promise.all([
      loop.trigger(),
      loop.trigger(),
      loop.run(async () => expect(running).toBe(0)),
      loop.trigger(),
    ])
    expect(passes).toBe(1)
    await loop.trigger()
    expect(passes).toBe(2)
    await loop.close()
  })

  it('comes back when the pass said', async () => {
    let passes = 0
    await new Promise<void>((resolve) => {
      const loop = new WorkLoop(async () => {
        passes++
        if (passes === 3) void loop.close().then(resolve)
        return Date.now() + 1
      }, Date.now)
      void loop.trigger()
    })
    expect(passes).toBe(3)
  })

  it('goes on after a task that fails, and starts nothing once closed', async () => {
    let passes = 0
    const loop = new WorkLoop(async () => {
      passes++
      return Date.now()
    }, Date.now)
    await expect(loop.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await loop.close()
    await loop.trigger()
    expect(passes).toBe(0)
  })
})
