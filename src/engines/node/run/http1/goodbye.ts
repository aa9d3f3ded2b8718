// The end of a connection whose last response is written: the peer gets what is on its way, and no longer than it needs.
import { monotonic } from '../clock.ts'

/** How long it may take the peer to close once it has all, and how often is looked whether it takes what was written, ms. */
const LINGER_MS = 2_000

export class Goodbye {
  private unsent: number
  private movedAt = monotonic()
  private readonly stallMs: number

  /** `unsent`: bytes written that the system has not taken yet. `stallMs`: how long none of them may be taken; 0: for ever. */
  constructor(unsent: number, stallMs: number) {
    this.unsent = unsent
    this.stallMs = stallMs
  }

  /** When to look next, in the clock's ms. */
  get deadline(): number {
    return monotonic() + LINGER_MS
  }

  /** Looks: true when the peer has had its time. */
  over(unsent: number): boolean {
    // All was with the system at the last look already.
    if (this.unsent === 0) return true
    if (unsent < this.unsent) {
      this.unsent = unsent
      this.movedAt = monotonic()
      return false
    }
    return this.stallMs > 0 && monotonic() - this.movedAt >= this.stallMs
  }
}
