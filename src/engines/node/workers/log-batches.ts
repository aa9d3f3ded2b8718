// Access log lines on their way out of a worker: in order, many to a message, one message at a time, so that a busy worker talks less.

/** Kept while the engine is slow to take them (two entries a line); beyond, the oldest are lost rather than the memory. */
const LONGEST_QUEUE = 400_000

export class LogBatches {
  private readonly send: (lines: readonly string[], sent: () => void) => void
  /** Proxy, line, proxy, line, … */
  private queue: string[] = []
  private scheduled = false
  private sending = false
  private idle: (() => void)[] = []

  /** `send` calls `sent` when it can take more. */
  constructor(send: (lines: readonly string[], sent: () => void) => void) {
    this.send = send
  }

  add(proxy: string, line: string): void {
    this.queue.push(proxy, line)
    if (this.queue.length > 2 * LONGEST_QUEUE) this.queue = this.queue.slice(LONGEST_QUEUE)
    if (this.scheduled || this.sending) return
    this.scheduled = true
    // What else this turn of the event loop writes goes along.
    setImmediate(() => {
      this.scheduled = false
      this.flush()
    })
  }

  /** Resolves when every line was sent. */
  flushed(): Promise<void> {
    if (this.queue.length === 0 && !this.sending) return Promise.resolve()
    return new Promise((resolve) => {
      this.idle.push(resolve)
      this.flush()
    })
  }

  private flush(): void {
    if (this.sending) return
    if (this.queue.length === 0) {
      for (const resolve of this.idle.splice(0)) resolve()
      return
    }
    const lines = this.queue
    this.queue = []
    this.sending = true
    this.send(lines, () => {
      this.sending = false
      this.flush()
    })
  }
}
