// The virtual hosts that a delta stream's client has, by route configuration. It asks for none by name: it gets those of the tables that it has taken.
import { type Changes, changesBetween, changesSince } from './changes.ts'
import type { Resources } from './snapshot.ts'

export class HostSubscription {
  readonly #held = new Map<string, Resources>()
  /** What it says that it had when the stream began, until its table is taken up. */
  readonly #initial: Map<string, string>

  constructor(initial: Readonly<Record<string, string>> = {}) {
    this.#initial = new Map(Object.entries(initial))
  }

  /** The client has lost the hosts of a table. */
  forget(table: string): void {
    this.#held.delete(table)
    this.#had(table)
  }

  /** What is to be sent of each of these tables so that it has `next`, from now on taken as sent. */
  advance(tables: Iterable<string>, next: ReadonlyMap<string, Resources>): readonly Changes[] {
    return [...tables].flatMap((table) => {
      const hosts = next.get(table)
      const held = this.#held.get(table)
      if (!hosts || hosts === held) return []
      this.#held.set(table, hosts)
      const changes = held ? changesBetween(held, hosts) : changesSince(this.#had(table), hosts)
      return changes.changed.length + changes.removed.length > 0 ? [changes] : []
    })
  }

  complete(next: ReadonlyMap<string, Resources>): boolean {
    for (const [table, hosts] of next) if (hosts.size > 0 && this.#held.get(table) !== hosts) return false
    return true
  }

  /** Asked once: from then on `#held` knows better. */
  #had(table: string): ReadonlyMap<string, string> {
    const had = new Map(
      [...this.#initial].filter(([name]) => name.lastIndexOf('/') === table.length && name.startsWith(table)),
    )
    for (const name of had.keys()) this.#initial.delete(name)
    return had
  }
}
