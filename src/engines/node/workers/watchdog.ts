// Notices a worker that says nothing any more: its event loop stands still, though its process lives and keeps connections.

/** How long a worker may say nothing, ms, unless told otherwise. Far above what the largest model or a starved machine takes. */
export const DEFAULT_SILENCE_MS = 10_000
/** In the longest silence a worker says so often that it is there. */
const BEATS = 5

/** How often a worker speaks. */
export const beatMs = (silenceMs: number): number => Math.ceil(silenceMs / BEATS)

export class Watchdog {
  private readonly timer: NodeJS.Timeout
  private missed = 0

  /** Calls `silent` once nothing was heard for `silenceMs`. */
  constructor(silenceMs: number, silent: () => void) {
    // Beats are counted, not time: when it is this process that stood still (or the machine slept), only one was missed.
    this.timer = setInterval(() => {
      if (++this.missed < BEATS) return
      this.stop()
      silent()
    }, beatMs(silenceMs))
    this.timer.unref()
  }

  heard(): void {
    this.missed = 0
  }

  stop(): void {
    clearInterval(this.timer)
  }
}
