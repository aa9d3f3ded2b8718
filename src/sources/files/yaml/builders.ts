// What the plain reader builds: values, and where they stand. Parts are gathered on one stack, so that what is kept has its exact size.
import { giveUp } from './cursor.ts'
import type { Place } from './place.ts'

/** A value as it was read; `place` when it is a map or a list. */
export interface Found {
  readonly value: unknown
  readonly place?: Place
}

/** A map that grows. */
export interface OpenMap {
  readonly at: number
  readonly value: Record<string, unknown>
  readonly from: number
}

/** A list that grows. */
export interface OpenList {
  readonly at: number
  readonly from: number
}

/** The parts of the collections that are open, those of the innermost one last. */
export class Builder {
  readonly #keys: string[] = []
  readonly #starts: number[] = []
  readonly #parts: (Place | undefined)[] = []
  readonly #items: unknown[] = []

  openMap(at: number): OpenMap {
    return { at, value: {}, from: this.#starts.length }
  }

  addEntry({ value }: OpenMap, key: string, start: number, found: Found): void {
    // Twice the same is an error that the library words; `__proto__`, `constructor` and the like it knows how to set.
    if (key in value) giveUp()
    value[key] = found.value
    this.#push(key, start, found)
  }

  closeMap({ at, value, from }: OpenMap): Found {
    const keys = this.#keys.slice(from)
    return { value, place: { at, keys, ...this.#take(from) } }
  }

  openList(at: number): OpenList {
    return { at, from: this.#starts.length }
  }

  addItem(start: number, found: Found): void {
    this.#push('', start, found)
  }

  closeList({ at, from }: OpenList): Found {
    const value = this.#items.slice(from)
    return { value, place: { at, ...this.#take(from) } }
  }

  #push(key: string, start: number, { value, place }: Found): void {
    this.#keys.push(key)
    this.#starts.push(start)
    this.#parts.push(place)
    this.#items.push(value)
  }

  #take(from: number): Pick<Place, 'starts' | 'parts'> {
    const starts = this.#starts.slice(from)
    const parts = this.#parts.slice(from)
    for (const stack of [this.#keys, this.#starts, this.#parts, this.#items]) stack.length = from
    return { starts, parts }
  }
}
