// Waits for a pod's proxy to be in force.

/** How long a command waits for its sidecar: it may be able to do without. */
const WAIT_MS = 10_000

export class ProxyGate {
  readonly #isReady: () => boolean
  readonly #waiting = new Set<() => void>()

  constructor(isReady: () => boolean) {
    this.#isReady = isReady
  }

  /** The engine's answer may have changed. */
  changed(): void {
    if (!this.#isReady()) return
    for (const resume of this.#waiting) resume()
    this.#waiting.clear()
  }

  /** Resolves when the proxy is in force, when the signal comes, or after a while without either. */
  opened(signal: AbortSignal): Promise<void> {
    if (this.#isReady() || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const resume = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', resume)
        this.#waiting.delete(resume)
        resolve()
      }
      const timer = setTimeout(resume, WAIT_MS)
      this.#waiting.add(resume)
      signal.addEventListener('abort', resume, { once: true })
    })
  }
}
