// What workers report of the world outside is the same for all of them: it is told once, not by each.
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'

export class ToldOnce {
  /** Who has reported a finding since it was last told. */
  private readonly by = new Map<string, Set<number>>()

  /** True when it is to be told: nobody has reported it yet, or a worker for which it was over meanwhile does so again. */
  isNews(worker: number, finding: Diagnostic): boolean {
    const key = JSON.stringify(finding)
    const known = this.by.get(key)
    if (known === undefined || known.has(worker)) {
      this.by.set(key, new Set([worker]))
      return true
    }
    known.add(worker)
    return false
  }

  /** Another worker is in its place, which may find the same anew. */
  lost(worker: number): void {
    for (const [key, workers] of this.by) {
      workers.delete(worker)
      if (workers.size === 0) this.by.delete(key)
    }
  }
}
