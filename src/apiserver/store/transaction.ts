// What one write sees and leaves while its batch is being put together: the committed state with the batch's own changes on top.
import type { KubeObject } from '../../resources/object.ts'
import type { Change, Collection, Stored } from './collection.ts'

/** Reads see every earlier write of the same batch. Nothing is visible to others before the batch is on disk. */
export interface Transaction {
  get(collection: string, key: string): Stored | undefined
  list(collection: string, prefix: string): readonly Stored[]
  /** Stores the object under the next revision, which becomes its metadata.resourceVersion; returns it so. */
  put(collection: string, key: string, object: KubeObject): KubeObject
  /** Removes an object; the revision is that of the removal. */
  delete(collection: string, key: string): number
  /** The JSON of an object that this batch stores, printed once. */
  json(object: KubeObject): string
}

/** The changes of a batch in the making. */
export class Batch implements Transaction {
  readonly #collections: ReadonlyMap<string, Collection>
  readonly #from: number
  readonly #time: number
  #overlay = new Map<string, Map<string, Stored | undefined>>()
  readonly #json = new Map<KubeObject, string>()
  changes: Change[] = []

  constructor(collections: ReadonlyMap<string, Collection>, from: number, time: number) {
    this.#collections = collections
    this.#from = from
    this.#time = time
  }

  get(collection: string, key: string): Stored | undefined {
    const layer = this.#overlay.get(collection)
    return layer?.has(key) ? layer.get(key) : this.#collections.get(collection)?.objects.get(key)
  }

  list(collection: string, prefix: string): readonly Stored[] {
    const base = this.#collections.get(collection)?.list(prefix) ?? []
    const layer = this.#overlay.get(collection)
    if (!layer || layer.size === 0) return base
    const merged = new Map(base.map((stored) => [stored.key, stored]))
    for (const [key, stored] of layer) {
      if (!key.startsWith(prefix)) continue
      if (stored) merged.set(key, stored)
      else merged.delete(key)
    }
    return [...merged.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  put(collection: string, key: string, object: KubeObject): KubeObject {
    const revision = this.#from + this.changes.length + 1
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
    const previous = this.get(collection, key)?.object
    this.#apply({
      revision,
      collection,
      key,
      time: this.#time,
      object: kept,
      ...(previous ? { previous } : {}),
    })
    return kept
  }

  delete(collection: string, key: string): number {
    const revision = this.#from + this.changes.length + 1
    const previous = this.get(collection, key)?.object
    if (!previous) throw new Error(`nothing to delete: ${collection} ${key}`)
    this.#apply({ revision, collection, key, time: this.#time, previous })
    return revision
  }

  json(object: KubeObject): string {
    let text = this.#json.get(object)
    if (text === undefined) {
      text = JSON.stringify(object)
      this.#json.set(object, text)
    }
    return text
  }

  /** Runs one write; when it throws, its changes are taken back and those of earlier writes stay. */
  run<T>(work: (transaction: Transaction) => T): T {
    const before = this.changes.length
    try {
      return work(this)
    } catch (thrown) {
      if (this.changes.length > before) {
        const keep = this.changes.slice(0, before)
        this.changes = []
        this.#overlay = new Map()
        for (const change of keep) this.#apply(change)
      }
      throw thrown
    }
  }

  #apply(change: Change): void {
    this.changes.push(change)
    let layer = this.#overlay.get(change.collection)
    if (!layer) {
      layer = new Map()
      this.#overlay.set(change.collection, layer)
    }
    layer.set(
      change.key,
      change.object && {
        key: change.key,
        object: change.object,
        revision: change.revision,
        written: change.time,
      },
    )
  }
}
