// The incremental evaluator: remembers every query's value and what it read. A changed input re-runs its readers, lowest first, and a value
// that comes out the same ends the matter there.
import type { Snapshot } from '../../resources/snapshot.ts'
import type { Query, Read } from './query.ts'
import { share } from './share.ts'

interface Node {
  readonly query: Query<unknown>
  readonly key: string
  value: unknown
  computed: boolean
  /** It waits to be run again. */
  queued: boolean
  running: boolean
  /** Above everything it reads: inputs are 0. */
  height: number
  /** The part of the snapshot an input was taken from. */
  source: unknown
  reads: Set<Node>
  readonly readers: Set<Node>
}

export interface Graph {
  /** Makes `snapshot` the input and brings everything that was read before up to date. */
  update(snapshot: Snapshot): void
  /** The value of a query. */
  readonly read: Read
  /** Forgets what nothing reads any more. */
  sweep(): void
  /** The keys of a query that the last answer rests on. */
  keysOf<T>(query: Query<T>): Iterable<string>
  /** Queries run since creation, by name: for tests and metrics. */
  readonly runs: ReadonlyMap<string, number>
}

/** Nodes that wait, by height. */
class Waiting {
  readonly #byHeight: Set<Node>[] = []
  #lowest = 0

  add(node: Node): void {
    if (node.queued) return
    node.queued = true
    let level = this.#byHeight[node.height]
    if (level === undefined) {
      level = new Set()
      this.#byHeight[node.height] = level
    }
    level.add(node)
    this.#lowest = Math.min(this.#lowest, node.height)
  }

  remove(node: Node): void {
    node.queued = false
    this.#byHeight[node.height]?.delete(node)
  }

  takeLowest(): Node | undefined {
    for (; this.#lowest < this.#byHeight.length; this.#lowest++) {
      for (const node of this.#byHeight[this.#lowest] ?? []) {
        this.remove(node)
        return node
      }
    }
    return undefined
  }
}

/** Makes an evaluator without a snapshot; `update` must come first. */
export function createGraph(): Graph {
  const nodes = new Map<Query<unknown>, Map<string, Node>>()
  const runs = new Map<string, number>()
  const orphans = new Set<Node>()
  const waiting = new Waiting()
  let snapshot: Snapshot | undefined
  let reader: Node | undefined

  const current = (): Snapshot => {
    if (snapshot === undefined) throw new Error('read before update')
    return snapshot
  }

  const nodeOf = (query: Query<unknown>, key: string): Node => {
    let byKey = nodes.get(query)
    if (byKey === undefined) {
      byKey = new Map()
      nodes.set(query, byKey)
    }
    let node = byKey.get(key)
    if (node === undefined) {
      node = {
        query,
        key,
        value: undefined,
        computed: false,
        queued: false,
        running: false,
        height: 0,
        source: undefined,
        reads: new Set(),
        readers: new Set(),
      }
      byKey.set(key, node)
    }
    return node
  }

  const unlink = (node: Node, dependency: Node): void => {
    dependency.readers.delete(node)
    if (dependency.readers.size === 0) orphans.add(dependency)
  }

  const settle = (node: Node, value: unknown): void => {
    const kept = node.computed ? share(node.value, value) : value
    if (node.computed && Object.is(kept, node.value)) return
    node.value = kept
    node.computed = true
    // One that is running reads the new value now.
    for (const dependent of node.readers) if (!dependent.running) waiting.add(dependent)
  }

  const derive = (query: Extract<Query<unknown>, { derive: unknown }>, key: string): unknown => {
    if (query.recover === undefined) return query.derive(read, key)
    try {
      return query.derive(read, key)
    } catch (error) {
      return query.recover(error, read, key)
    }
  }

  const runDerived = (node: Node, query: Extract<Query<unknown>, { derive: unknown }>): void => {
    if (node.running) throw new Error(`query ${query.name} ${node.key} depends on itself`)
    runs.set(query.name, (runs.get(query.name) ?? 0) + 1)
    const before = node.reads
    const outer = reader
    node.reads = new Set()
    node.running = true
    reader = node
    try {
      settle(node, derive(query, node.key))
    } catch (error) {
      // Its readers saw the failure: whatever it gives next is news to them.
      node.computed = false
      throw error
    } finally {
      reader = outer
      node.running = false
      node.height = 0
      for (const dependency of node.reads) node.height = Math.max(node.height, dependency.height + 1)
      for (const dependency of before) if (!node.reads.has(dependency)) unlink(node, dependency)
    }
  }

  const run = (node: Node): void => {
    if (node.queued) waiting.remove(node)
    const { query } = node
    if ('derive' in query) runDerived(node, query)
    else {
      node.source = query.source(current(), node.key)
      settle(node, query.input(current(), node.key, node.value))
    }
  }

  const read: Read = <T>(query: Query<T>, key: string): T => {
    const node = nodeOf(query as Query<unknown>, key)
    // Before it runs: who reads a failure depends on it as well.
    if (reader !== undefined) {
      reader.reads.add(node)
      node.readers.add(reader)
      if (orphans.size > 0) orphans.delete(node)
    }
    if (!node.computed || node.queued) run(node)
    return node.value as T
  }

  const updateInputs = (query: Query<unknown>, byKey: ReadonlyMap<string, Node>): void => {
    if ('derive' in query) return
    for (const node of byKey.values()) {
      if (!Object.is(query.source(current(), node.key), node.source)) run(node)
    }
  }

  /** A failure is for those who read the node; without any it is the caller's. */
  const rerun = (node: Node): void => {
    try {
      run(node)
    } catch (error) {
      if (node.readers.size === 0) throw error
      for (const dependent of node.readers) waiting.add(dependent)
    }
  }

  const forget = (node: Node): void => {
    if (node.queued) waiting.remove(node)
    nodes.get(node.query)?.delete(node.key)
    for (const dependency of node.reads) unlink(node, dependency)
  }

  return {
    read,
    runs,
    keysOf: (query) => nodes.get(query as Query<unknown>)?.keys() ?? [],
    update(next) {
      snapshot = next
      for (const [query, byKey] of nodes) updateInputs(query, byKey)
      for (let node = waiting.takeLowest(); node !== undefined; node = waiting.takeLowest()) {
        // What lost its last reader on the way up is not needed now; it runs when it is read again.
        if (orphans.has(node)) node.queued = true
        else rerun(node)
      }
    },
    sweep() {
      for (const node of orphans) {
        orphans.delete(node)
        if (node.readers.size === 0) forget(node)
      }
    },
  }
}
