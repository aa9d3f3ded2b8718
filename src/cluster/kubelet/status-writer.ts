// Writes a pod's status when it has changed: one write at a time, what changes meanwhile goes with the next.
import { isDeepStrictEqual } from 'node:util'
import type { PodStatus } from '../objects/pod.ts'

export interface StatusWriterOptions {
  /** The status as it should be now. */
  readonly wanted: () => PodStatus
  /** The status as the API has it, as far as is known. */
  readonly present: () => PodStatus | undefined
  /** Merges into the API's; resolves when that is done or need not be done. */
  readonly write: (status: PodStatus) => Promise<void>
  readonly quiet: AbortSignal
}

export class StatusWriter {
  readonly #options: StatusWriterOptions
  #writing: Promise<void> | undefined
  #dirty = false

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /** Something that the status shows may have changed. */
  changed(): void {
    this.#dirty = true
    this.#writing ??= this.#work().finally(() => {
      this.#writing = undefined
      if (this.#dirty && !this.#options.quiet.aborted) this.changed()
    })
  }

  /** Resolves when everything that has changed so far is written. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #work(): Promise<void> {
    // Changes made in one go are written once.
    await Promise.resolve()
    while (this.#dirty && !this.#options.quiet.aborted) {
      this.#dirty = false
      const status = this.#options.wanted()
      if (!holds(this.#options.present(), status)) await this.#options.write(status)
    }
  }
}

/** Whether a merge of `wanted` into `present` would change nothing. */
function holds(present: PodStatus | undefined, wanted: PodStatus): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    isDeepStrictEqual((present as Record<string, unknown> | undefined)?.[key], value),
  )
}
