// The objects of a cluster: reads from memory, writes in durable batches, history for watches. Memory never runs ahead of the disk.
import { type Change, Collection, type Stored } from './collection.ts'
import { storeError } from './driver.ts'
import { type Journal, openDriver, openJournal } from './journal.ts'
import { Batch, type Transaction } from './transaction.ts'

export interface StoreOptions {
  /** Absent: nothing outlives the process. */
  readonly journal?: Journal
  /** History is kept at least this long (ms) … */
  readonly keepMs?: number
  /** … and at least for so many revisions, … */
  readonly keepRevisions?: number
  /** … but never for more than so many. */
  readonly maxRevisions?: number
  readonly now?: () => number
  /** Takes why the disk refuses, and what a listener threw: a write is done whatever its listeners make of it. */
  readonly report?: (problem: string) => void
}

/** A batch takes what is queued, but no more writes than this … */
const MAX_BATCH = 500
/** … and none after so long (ms): reads and watches want their turn. */
const MAX_BATCH_MS = 30
const COMPACT_EVERY_MS = 10_000
const COMPACT_AT_MOST = 2_000

interface Pending {
  readonly work: (transaction: Transaction) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

export class Store {
  readonly #journal: Journal | undefined
  readonly #collections: Map<string, Collection>
  readonly #options: StoreOptions
  readonly #now: () => number
  readonly #listeners = new Map<string, Set<(change: Change) => void>>()
  readonly #advanced = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  /** The batches that history still holds: last revision and time. */
  #timeline: { readonly revision: number; readonly time: number }[]
  #queue: Pending[] = []
  #scheduled = false
  #problem: string | undefined
  #revision: number
  #compacted: number
  #closed = false

  constructor(options: StoreOptions = {}) {
    const loaded = options.journal?.load()
    this.#journal = options.journal
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#collections = loaded?.collections ?? new Map()
    this.#revision = loaded?.revision ?? 1
    this.#compacted = loaded?.compacted ?? 1
    this.#timeline = [...this.#collections.values()]
      .flatMap(({ history }) => history.map(({ revision, time }) => ({ revision, time })))
      .sort((a, b) => a.revision - b.revision)
    this.#timer = setInterval(() => this.compact(), COMPACT_EVERY_MS)
    this.#timer.unref()
  }

  /** The revision of the last committed write. */
  get revision(): number {
    return this.#revision
  }

  /** History reaches back to here: changes after this revision are known. */
  get compacted(): number {
    return this.#compacted
  }

  /** Why the last batch could not be written; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#collections.get(collection)?.objects.get(key)
  }

  /** In key order. */
  list(collection: string, prefix = ''): readonly Stored[] {
    return this.#collections.get(collection)?.list(prefix) ?? []
  }

  /** The list as it was at a revision in history's reach (`compacted` to `revision`). */
  listAt(collection: string, prefix: string, revision: number): readonly Pick<Stored, 'key' | 'object'>[] {
    if (revision >= this.#revision) return this.list(collection, prefix)
    return this.#collections.get(collection)?.listAt(prefix, revision) ?? []
  }

  /** Changes after a revision in history's reach, oldest first. */
  changesSince(collection: string, revision: number): readonly Change[] {
    return this.#collections.get(collection)?.since(revision) ?? []
  }

  /** Called for each change once it is durable and readable, in order; returns what ends it. */
  subscribe(collection: string, listener: (change: Change) => void): () => void {
    let listeners = this.#listeners.get(collection)
    if (!listeners) {
      listeners = new Set()
      this.#listeners.set(collection, listeners)
    }
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** Called after each batch. */
  onAdvance(listener: () => void): () => void {
    this.#advanced.add(listener)
    return () => this.#advanced.delete(listener)
  }

  /**
   * Runs `work` (synchronous) in the next batch and resolves with its result once the batch is on disk. Rejects with what `work` threw, or with a
   * StoreError when the disk refused; then nothing of it is kept anywhere.
   */
  transact<T>(work: (transaction: Transaction) => T): Promise<T> {
    if (this.#closed) return Promise.reject(storeError(new Error('the store is closed')))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      this.#schedule()
    })
  }

  /** Runs `work` as a transaction would, and keeps nothing. */
  rehearse<T>(work: (transaction: Transaction) => T): T {
    return new Batch(this.#collections, this.#revision, this.#now()).run(work)
  }

  /** Drops old history, a limited piece at a time so that it never stalls writers. */
  compact(): void {
    const { keepMs = 5 * 60_000, keepRevisions = 1_000, maxRevisions = 100_000 } = this.#options
    const oldest = this.#now() - keepMs
    let drop = 0
    for (const { revision, time } of this.#timeline) {
      const unwanted = time <= oldest && revision <= this.#revision - keepRevisions
      if (!unwanted && revision > this.#revision - maxRevisions) break
      if (drop > 0 && revision > this.#compacted + COMPACT_AT_MOST) break
      drop++
    }
    const target = this.#timeline[drop - 1]?.revision
    if (target === undefined) return
    try {
      this.#journal?.compact(target)
    } catch {
      // The disk may be full; history that stays longer does no harm, and the next round tries again.
      return
    }
    this.#timeline = this.#timeline.slice(drop)
    this.#compacted = target
    for (const collection of this.#collections.values()) {
      if ((collection.history[0]?.revision ?? Infinity) <= target)
        collection.history = [...collection.since(target)]
    }
  }

  /** Commits what is queued, then closes the file. */
  close(): void {
    if (this.#closed) return
    while (this.#queue.length > 0) this.#flush()
    this.#closed = true
    clearInterval(this.#timer)
    this.#journal?.close()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #flush(): void {
    const batch = new Batch(this.#collections, this.#revision, this.#now())
    const pending: Pending[] = []
    const settle: (() => void)[] = []
    const end = performance.now() + MAX_BATCH_MS
    while (pending.length < MAX_BATCH && (pending.length === 0 || performance.now() < end)) {
      const one = this.#queue.shift()
      if (!one) break
      pending.push(one)
      const { work, resolve, reject } = one
      try {
        const value = batch.run(work)
        settle.push(() => resolve(value as never))
      } catch (thrown) {
        settle.push(() => reject(thrown))
      }
    }
    try {
      if (batch.changes.length > 0)
        this.#journal?.commit(batch.changes, this.#revision, (object) => batch.json(object))
      this.#problem = undefined
    } catch (thrown) {
      const { message } = storeError(thrown)
      if (message !== this.#problem) this.#options.report?.(`the store cannot be written: ${message}`)
      this.#problem = message
      // Also for works that threw: what they objected to may have been an earlier write of this batch.
      for (const { reject } of pending) reject(storeError(thrown))
      return
    }
    for (const change of batch.changes) this.#apply(change)
    for (const step of settle) step()
    const last = batch.changes.at(-1)
    if (!last) return
    this.#timeline.push({ revision: last.revision, time: last.time })
    for (const change of batch.changes) {
      for (const listener of [...(this.#listeners.get(change.collection) ?? [])]) {
        this.#guarded(() => listener(change))
      }
    }
    for (const listener of [...this.#advanced]) this.#guarded(listener)
  }

  #guarded(listener: () => void): void {
    try {
      listener()
    } catch (thrown) {
      this.#options.report?.(
        `a listener of the store threw: ${thrown instanceof Error ? thrown.stack : thrown}`,
      )
    }
  }

  #apply(change: Change): void {
    let collection = this.#collections.get(change.collection)
    if (!collection) {
      collection = new Collection()
      this.#collections.set(change.collection, collection)
    }
    const { key, object, revision, time } = change
    if (object) collection.set({ key, object, revision, written: time })
    else collection.delete(key)
    collection.history.push(change)
    this.#revision = revision
  }
}

/** Opens the store of a file, or one in memory. Throws StoreError. */
export function openStore(location: { readonly file: string } | 'memory', options: StoreOptions = {}): Store {
  if (location === 'memory') return new Store(options)
  const { file } = location
  try {
    return new Store({ ...options, journal: openJournal(openDriver(file), file) })
  } catch (thrown) {
    throw storeError(thrown)
  }
}
