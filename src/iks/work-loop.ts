// One thing after the other: passes over everything, commands between them, and the clock.

/** Node's timers end at 2^31 ms, and a machine may sleep: look at the clock at least this often. */
const LONGEST_SLEEP_MS = 600_000

/** Runs `pass` whenever triggered or due, never twice at once. A pass returns when it wants to run again, in milliseconds since the epoch. */
export class WorkLoop {
  readonly #pass: () => Promise<number>
  readonly #now: () => number
  #tail: Promise<unknown> = Promise.resolve()
  #queued: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** `pass` must not reject. */
  constructor(pass: () => Promise<number>, now: () => number) {
    this.#pass = pass
    this.#now = now
  }

  /** Makes sure that a pass starts after this moment; resolves when that one has ended. */
  trigger(): Promise<void> {
    this.#queued ??= this.run(async () => {
      this.#queued = undefined
      if (this.#closed) return
      this.#sleepUntil(await this.#pass())
    })
    return this.#queued
  }

  /** Runs a task when no pass and no other task runs; rejects as the task does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when what runs has ended; nothing starts after that. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#tail
    clearTimeout(this.#timer)
  }

  #sleepUntil(time: number): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    const delay = Math.min(Math.max(time - this.#now(), 0), LONGEST_SLEEP_MS)
    this.#timer = setTimeout(() => void this.trigger(), delay)
  }
}
