// What a process holds once everything that can go has gone, and what several do together.
import { held as handlesHeld, heldBytes } from '../engine/testing/resources.ts'

export interface Held {
  readonly processes: number
  /** Of the heap and of buffers, after a collection. */
  readonly bytes: number
  /** Resident, as the system counts. */
  readonly rss: number
  /** Open handles by kind; timers come and go. */
  readonly handles: Readonly<Record<string, number>>
}

export async function held(): Promise<Held> {
  const bytes = await heldBytes()
  const { Timeout: _timers, ...handles } = handlesHeld()
  return { processes: 1, bytes, rss: process.memoryUsage.rss(), handles }
}

export function sum(all: readonly Held[]): Held {
  const handles: Record<string, number> = {}
  for (const one of all) {
    for (const [kind, count] of Object.entries(one.handles)) handles[kind] = (handles[kind] ?? 0) + count
  }
  const total = (of: (one: Held) => number): number => all.reduce((value, one) => value + of(one), 0)
  return {
    processes: total(({ processes }) => processes),
    bytes: total(({ bytes }) => bytes),
    rss: total(({ rss }) => rss),
    handles,
  }
}
