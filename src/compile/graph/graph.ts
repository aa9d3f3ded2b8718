// The incremental evaluator: remembers every query's value and what it read, and recomputes only what a changed input reaches.
import type { Snapshot } from '../../resources/snapshot.ts'
import type { Query, Read } from './query.ts'
import { share } from './share.ts'

/** `check`: something it depends on may have changed; `stale`: something it read has. */
type State = 'fresh' | 'check' | 'stale'

interface Node {
  readonly query: Query<unknown>
  readonly key: string
  state: State
  value: unknown
  computed: boolean
  running: boolean
  /** The part of the snapshot an input was taken from. */
  source: unknown
  reads: Set<Node>
  readonly readers: Set<Node>
}

export interface Graph {
  /** Makes `snapshot` the input; what it changes is recomputed when it is next read. */
  update(snapshot: Snapshot): void
  /** The value of a query that nothing else needs to read. */
  readonly read: Read
  /** Forgets what nothing reads any more. */
  sweep(): void
  /** The keys of a query that the last answer rests on. */
  keysOf<T>(query: Query<T>): Iterable<string>
  /** Queries run since creation, by name: for tests and metrics. */
  readonly runs: ReadonlyMap<string, number>
}

/** Makes an evaluator without a snapshot; `update` must come first. */
export function createGraph(): Graph {
  const nodes = new Map<Query<unknown>, Map<string, Node>>()
  const runs = new Map<string, number>()
  const orphans = new Set<Node>()
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
        state: 'stale',
        value: undefined,
        computed: false,
        running: false,
        source: undefined,
        reads: new Set(),
        readers: new Set(),
      }
      byKey.set(key, node)
    }
    return node
  }

  const markReaders = (node: Node, state: State): void => {
    for (const dependent of node.readers) {
      const was = dependent.state
      if (was === 'stale') continue
      if (state === 'stale' || was === 'fresh') dependent.state = state
      if (was === 'fresh') markReaders(dependent, 'check')
    }
  }

  const unlink = (node: Node, dependency: Node): void => {
    dependency.readers.delete(node)
    if (dependency.readers.size === 0) orphans.add(dependency)
  }

  const settle = (node: Node, value: unknown): void => {
    const kept = node.computed ? share(node.value, value) : value
    const changed = !node.computed || !Object.is(kept, node.value)
    node.value = kept
    node.computed = true
    node.state = 'fresh'
    if (changed) for (const dependent of node.readers) dependent.state = 'stale'
  }

  const run = (node: Node): void => {
    const { query, key } = node
    if (!('derive' in query)) {
      node.source = query.source(current(), key)
      settle(node, query.input(current(), key, node.value))
      return
    }
    if (node.running) throw new Error(`query ${query.name} ${key} depends on itself`)
    runs.set(query.name, (runs.get(query.name) ?? 0) + 1)
    const before = node.reads
    const outer = reader
    node.reads = new Set()
    node.running = true
    reader = node
    try {
      settle(node, evaluate(query, key))
    } catch (error) {
      node.state = 'stale'
      throw error
    } finally {
      reader = outer
      node.running = false
      for (const dependency of before) if (!node.reads.has(dependency)) unlink(node, dependency)
    }
  }

  const evaluate = (query: Extract<Query<unknown>, { derive: unknown }>, key: string): unknown => {
    if (query.recover === undefined) return query.derive(read, key)
    try {
      return query.derive(read, key)
    } catch (error) {
      return query.recover(error, read, key)
    }
  }

  const refresh = (node: Node): void => {
    if (node.state === 'check') {
      for (const dependency of node.reads) {
        refresh(dependency)
        if ((node.state as State) === 'stale') break
      }
      if ((node.state as State) === 'check') node.state = 'fresh'
    }
    if (node.state === 'stale') run(node)
  }

  const read: Read = <T>(query: Query<T>, key: string): T => {
    const node = nodeOf(query as Query<unknown>, key)
    if (reader !== undefined) {
      reader.reads.add(node)
      node.readers.add(reader)
      orphans.delete(node)
    }
    refresh(node)
    return node.value as T
  }

  const updateInputs = (query: Query<unknown>, byKey: ReadonlyMap<string, Node>): void => {
    if (!('input' in query)) return
    for (const node of byKey.values()) {
      const source = query.source(current(), node.key)
      if (node.computed && Object.is(source, node.source)) continue
      node.source = source
      const value = share(node.value, query.input(current(), node.key, node.value))
      if (node.computed && Object.is(value, node.value)) continue
      node.value = value
      node.computed = true
      node.state = 'fresh'
      markReaders(node, 'stale')
    }
  }

  const forget = (node: Node): void => {
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
    },
    sweep() {
      for (const node of orphans) {
        orphans.delete(node)
        if (node.readers.size === 0) forget(node)
      }
    },
  }
}
