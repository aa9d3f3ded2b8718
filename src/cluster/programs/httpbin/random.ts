// Random bytes, reproducible when seeded.
import { randomBytes } from 'node:crypto'

/** `count` bytes: the same for the same seed (mulberry32), unpredictable without. */
export function seededBytes(count: number, seed: number | undefined): Buffer {
  if (seed === undefined) return randomBytes(count)
  let state = seed >>> 0
  return Buffer.from(
    Array.from({ length: count }, () => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 24) & 255
    }),
  )
}
