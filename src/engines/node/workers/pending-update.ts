// An update on its way into force: over when every worker that lives has it.
import { type Diagnostic, diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Acknowledgement } from '../../engine.ts'
import type { WorkerSlot } from './worker-slot.ts'

/** When no worker lives long enough to take an update up: so many attempts of each, and it is given up. */
const ATTEMPTS = 2

export class PendingUpdate {
  private readonly version: number
  private readonly resolve: (acknowledgement: Acknowledgement) => void
  /** Those that have not answered, and those of them whose process ended before it did. */
  private readonly waiting: Set<WorkerSlot>
  private readonly down = new Set<WorkerSlot>()
  private readonly workers: number
  private readonly rejected = new Map<string, Diagnostic>()
  private losses = 0

  constructor(
    version: number,
    slots: readonly WorkerSlot[],
    resolve: (acknowledgement: Acknowledgement) => void,
  ) {
    this.version = version
    this.resolve = resolve
    this.workers = slots.length
    this.waiting = new Set(slots)
    for (const slot of slots) if (slot.state === 'waiting') this.down.add(slot)
  }

  /** A worker has this version, or a newer one. All workers reject alike: each finding is told once. */
  acknowledged(slot: WorkerSlot, version: number, rejected: readonly Diagnostic[]): void {
    if (version < this.version) return
    this.waiting.delete(slot)
    this.down.delete(slot)
    if (version > this.version) return
    for (const finding of rejected) this.rejected.set(JSON.stringify(finding), finding)
  }

  /** A worker's process has ended; the next in its place starts with this version or a newer one. */
  lost(slot: WorkerSlot): void {
    this.losses++
    if (this.waiting.has(slot)) this.down.add(slot)
  }

  /** Tells whoever waits for it when it is over; true then. */
  settled(): boolean {
    if (this.down.size < this.waiting.size) return false
    // Traffic is handled by the new version only where there is a worker that has it.
    if (this.waiting.size === this.workers) {
      if (this.losses < ATTEMPTS * this.workers) return false
      const message = `no worker could take up version ${this.version} of the model`
      this.rejected.set('', diagnostic('SP0805', {}, message))
    }
    this.abandon()
    return true
  }

  /** Tells whoever waits what is known. */
  abandon(): void {
    this.resolve({ version: this.version, rejected: [...this.rejected.values()] })
  }
}
