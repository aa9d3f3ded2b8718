// Where the tries of one request went: later ones go to other priorities (Envoy's retry_priority previous_priorities).
import { type Level, priorityLoads, RETRY_PRIORITY_FREQUENCY } from '../../../../ir/priority-load.ts'

export class PreviousPriorities {
  private readonly tries: number[] = []
  private readonly excluded = new Set<number>()

  /** A try went to an endpoint of this priority. */
  add(priority: number): void {
    this.tries.push(priority)
    if (this.tries.length % RETRY_PRIORITY_FREQUENCY !== 0) return
    for (const one of this.tries) this.excluded.add(one)
  }

  /** The loads without the priorities that were tried; undefined: as for a first try. When all were, it begins anew. */
  loads(levels: readonly Level[]): readonly number[] | undefined {
    if (this.excluded.size === 0) return undefined
    const left = levels.map((level, index) => (this.excluded.has(index) ? { ...level, sound: 0 } : level))
    const loads = priorityLoads(left, 0).map(({ percent }) => percent)
    if (loads.some((percent) => percent > 0)) return loads
    this.tries.length = 0
    this.excluded.clear()
    return undefined
  }
}
