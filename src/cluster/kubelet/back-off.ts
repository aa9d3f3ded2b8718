// The pause before a container is started again: 10 s, doubling to 5 minutes, forgotten after 10 minutes of running.

const FIRST_MS = 10_000
const LONGEST_MS = 300_000
const FORGET_MS = 600_000

export class BackOff {
  #nextMs = 0
  #crashes = 0

  /** Takes how long the last run lasted; returns the pause before the next. The first restart is immediate. */
  after(ranMs: number): number {
    if (ranMs >= FORGET_MS) {
      this.#nextMs = 0
      this.#crashes = 0
    }
    const pauseMs = this.#nextMs
    this.#crashes++
    this.#nextMs = Math.min(FIRST_MS * 2 ** (this.#crashes - 1), LONGEST_MS)
    return pauseMs
  }
}
