import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { beatMs, Watchdog } from './watchdog.ts'

describe('Watchdog', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('barks once, after as much silence as was agreed', () => {
    const silent = vi.fn()
    new Watchdog(1_000, silent)
    vi.advanceTimersByTime(999)
    expect(silent).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(silent).toHaveBeenCalledTimes(1)
  })

  it('is quiet as long as something is heard, and once it is stopped', () => {
    const silent = vi.fn()
    const dog = new Watchdog(1_000, silent)
    for (let beat = 0; beat < 50; beat++) {
      vi.advanceTimersByTime(beatMs(1_000))
      dog.heard()
    }
    dog.stop()
    vi.advanceTimersByTime(10_000)
    expect(silent).not.toHaveBeenCalled()
  })
})
