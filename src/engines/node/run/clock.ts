// Coarse time for many connections: one timer looks at all deadlines, so that a request arms and disarms a timeout by storing a number.
import { performance } from 'node:perf_hooks'

/** The global of the same name is looked up each time. */
const clock = performance

/** Something that ends at a deadline; 0 means none. */
export interface Expiring {
  deadline: number
  expire(): void
}

/** Milliseconds from an arbitrary start, never going back. */
export function monotonic(): number {
  return clock.now()
}

/** How exact a deadline is, ms. */
const TICK = 100
/** Timeouts from here on are counted from the last tick: looking at the clock for each byte that moves costs more than it tells. */
const COARSE_FROM = 1_000

/** Calls `expire` of what it holds, at most a tick late. Runs only while it holds something, and never keeps the process alive. */
export class Sweeper {
  private readonly items = new Set<Expiring>()
  private timer: NodeJS.Timeout | undefined
  private lastTick = 0

  add(item: Expiring): void {
    this.items.add(item)
    if (this.timer === undefined) {
      this.lastTick = monotonic()
      this.timer = setInterval(() => this.sweep(), TICK)
      this.timer.unref()
    }
  }

  delete(item: Expiring): void {
    this.items.delete(item)
    if (this.items.size === 0 && this.timer !== undefined) {
      clearInterval(this.timer)
      this.timer = undefined
    }
  }

  /** The deadline that is `ms` from now; 0, which is none, for 0. */
  after(ms: number): number {
    if (ms === 0) return 0
    return (ms < COARSE_FROM ? monotonic() : this.lastTick) + ms
  }

  private sweep(): void {
    const now = monotonic()
    this.lastTick = now
    for (const item of this.items) {
      if (item.deadline !== 0 && item.deadline <= now) {
        item.deadline = 0
        item.expire()
      }
    }
  }
}
