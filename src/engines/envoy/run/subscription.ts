// What a delta stream's client has asked for of one type, and what it has: a reference to the map it was last brought up to, so that the way
// to the next one costs what differs between the two.
import { type Changes, changesBetween, changesSince, NO_CHANGES } from './changes.ts'
import type { Resources } from './snapshot.ts'

export class Subscription {
  #wildcard: boolean
  readonly #names = new Set<string>()
  /** Names asked for since: to be sent whatever the client is thought to have. */
  readonly #due = new Set<string>()
  /** What it says that it had when the stream began. */
  #initial: ReadonlyMap<string, string>
  #held: Resources | undefined
  /** Names held that it has not asked for. */
  readonly #unasked = new Set<string>()
  /** It has been answered, be it with nothing. */
  answered = false

  constructor(wildcard: boolean, initial: Readonly<Record<string, string>> = {}) {
    this.#wildcard = wildcard
    this.#initial = new Map(Object.entries(initial))
  }

  get wildcard(): boolean {
    return this.#wildcard
  }

  /** The names it has asked for. */
  get names(): ReadonlySet<string> {
    return this.#names
  }

  /** `again`: not with the request that began the subscription, so the client has none of it now. */
  subscribe(names: readonly string[], again: boolean): void {
    for (const name of names) {
      if (name === '*') {
        this.#wildcard = true
        this.#held = undefined
        continue
      }
      this.#names.add(name)
      this.#unasked.delete(name)
      if (again) this.#due.add(name)
    }
  }

  unsubscribe(names: readonly string[]): void {
    for (const name of names) {
      if (name === '*') this.#wildcard = false
      this.#names.delete(name)
      this.#due.delete(name)
      if (this.#held?.has(name)) this.#unasked.add(name)
    }
  }

  /** What is to be sent so that it has `next`, from now on taken as sent. */
  advance(next: Resources): Changes {
    const due = [...this.#due].flatMap((name) => {
      const resource = next.get(name)
      return resource ? [{ name, resource }] : []
    })
    const again = new Set(this.#due)
    this.#due.clear()
    const step = this.#step(next)
    if (due.length === 0) return step
    return {
      changed: [...due, ...step.changed.filter(({ name }) => !again.has(name))],
      removed: step.removed,
    }
  }

  /** Whether it has asked for everything in `next` and was sent it. */
  complete(next: Resources): boolean {
    return this.#held === next && (this.#wildcard || this.#unasked.size === 0)
  }

  #step(next: Resources): Changes {
    if (this.#held === next) return NO_CHANGES
    const all = this.#held ? changesBetween(this.#held, next) : changesSince(this.#initial, next)
    this.#initial = new Map()
    if (!this.#held) this.#unasked.clear()
    const first = this.#held === undefined
    this.#held = next
    if (this.#wildcard) return all
    const added = first ? [...next.keys()] : all.changed.map(({ name }) => name)
    for (const name of added) if (!this.#names.has(name)) this.#unasked.add(name)
    for (const name of all.removed) this.#unasked.delete(name)
    return {
      changed: all.changed.filter(({ name }) => this.#names.has(name)),
      removed: all.removed.filter((name) => this.#names.has(name)),
    }
  }
}
