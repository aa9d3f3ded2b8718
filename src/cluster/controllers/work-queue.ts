// The work queue under every controller: keys, one worker per key at a time, retries with growing pauses.

export interface WorkQueueOptions {
  /** Brings one key in order. A number is the pause in ms after which to look again. */
  readonly work: (key: string) => Promise<number | undefined>
  /** Told of every failure; the key is retried. */
  readonly failed: (key: string, error: unknown) => void
  readonly concurrency?: number
}

const FIRST_RETRY_MS = 5
const LONGEST_RETRY_MS = 30_000

/** Deduplicates: a key that is queued is not queued again; one that is being worked on is worked on once more after. */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly due: number }>()
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  add(key: string): void {
    if (this.#closed) return
    this.#waiting.add(key)
    // A microtask later, so that changes made in one go are worked on once.
    queueMicrotask(() => this.#start())
  }

  /** Adds the key after `ms`, unless it is due earlier already. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    const due = performance.now() + ms
    const known = this.#timers.get(key)
    if (known && known.due <= due) return
    if (known) clearTimeout(known.timer)
    const timer = setTimeout(
      () => {
        this.#timers.delete(key)
        this.add(key)
      },
      Math.min(ms, 2 ** 31 - 1),
    )
    this.#timers.set(key, { timer, due })
  }

  /** Drops what waits, and resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running.values())
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= (this.#options.concurrency ?? 8)) return
      if (this.#running.has(key)) continue
      this.#waiting.delete(key)
      this.#running.set(key, this.#run(key))
    }
  }

  async #run(key: string): Promise<void> {
    try {
      const pause = await this.#options.work(key)
      this.#failures.delete(key)
      if (pause !== undefined) this.addAfter(key, pause)
    } catch (error) {
      if (!this.#closed) {
        const count = this.#failures.get(key) ?? 0
        this.#failures.set(key, count + 1)
        this.#options.failed(key, error)
        this.addAfter(key, Math.min(FIRST_RETRY_MS * 2 ** count, LONGEST_RETRY_MS))
      }
    } finally {
      this.#running.delete(key)
      this.#start()
    }
  }
}
