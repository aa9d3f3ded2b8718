// All objects of one kind in memory, in key order, with their recent history: what reads and watches are served from.
import type { KubeObject } from '../../resources/object.ts'

/** An object as stored. The object is immutable and shared. */
export interface Stored {
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly object: KubeObject
  readonly revision: number
  /** When it was last written, ms since the epoch. */
  readonly written: number
}

/** One committed write. */
export interface Change {
  readonly revision: number
  readonly collection: string
  readonly key: string
  /** Ms since the epoch. */
  readonly time: number
  /** Absent: deleted. */
  readonly object?: KubeObject
  /** What was there before; absent: created. */
  readonly previous?: KubeObject
}

/** First index whose element is not below, by a predicate that is true for a leading part of the list. */
export function partition<T>(list: readonly T[], below: (element: T) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (below(list[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

export class Collection {
  readonly objects = new Map<string, Stored>()
  /** Oldest first. */
  history: Change[] = []
  #keys: string[] = []
  #sorted = true

  set(stored: Stored): void {
    if (!this.objects.has(stored.key)) {
      const last = this.#keys.at(-1)
      if (last !== undefined && last > stored.key) this.#sorted = false
      this.#keys.push(stored.key)
    }
    this.objects.set(stored.key, stored)
  }

  delete(key: string): void {
    if (!this.objects.delete(key)) return
    const keys = this.#sortedKeys()
    keys.splice(
      partition(keys, (one) => one < key),
      1,
    )
  }

  /** Objects whose key starts with `prefix` (`namespace/`, or '' for all), in key order. */
  list(prefix: string): Stored[] {
    const keys = this.#sortedKeys()
    const found: Stored[] = []
    for (let i = prefix === '' ? 0 : partition(keys, (one) => one < prefix); i < keys.length; i++) {
      const key = keys[i] as string
      if (!key.startsWith(prefix)) break
      const stored = this.objects.get(key)
      if (stored) found.push(stored)
    }
    return found
  }

  /** Changes after a revision, oldest first. */
  since(revision: number): readonly Change[] {
    return this.history.slice(partition(this.history, (change) => change.revision <= revision))
  }

  /** The objects as they were at a revision that history still reaches: later changes are undone, newest first. */
  listAt(prefix: string, revision: number): { readonly key: string; readonly object: KubeObject }[] {
    const state = new Map<string, KubeObject>()
    for (const stored of this.list(prefix)) state.set(stored.key, stored.object)
    const later = this.since(revision)
    for (let i = later.length - 1; i >= 0; i--) {
      const change = later[i] as Change
      if (!change.key.startsWith(prefix)) continue
      if (change.previous) state.set(change.key, change.previous)
      else state.delete(change.key)
    }
    return [...state].map(([key, object]) => ({ key, object })).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  #sortedKeys(): string[] {
    if (!this.#sorted) {
      this.#keys.sort()
      this.#sorted = true
    }
    return this.#keys
  }
}
