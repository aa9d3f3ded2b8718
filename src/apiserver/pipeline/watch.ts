// The watch verb: what is there, if asked for, then every change that the selectors let through, in order and without gaps.
import type { KubeObject } from '../../resources/object.ts'
import { collectionOf } from '../registry.ts'
import { selection } from '../selector/selection.ts'
import { expired } from '../status-error.ts'
import type { Change } from '../store/collection.ts'
import { checkListOptions, type ListOptions, revisionOf } from './list-options.ts'
import { reach } from './read.ts'
import type { Core, Target } from './request.ts'

export type Event =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Everything up to this revision was sent. `initialEnd`: the present state of a watch-list is complete. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEnd?: boolean }

export interface WatchHandle {
  /** A bookmark at the store's current revision: everything up to it was sent. */
  bookmark(): void
  close(): void
}

/**
 * Sends events (objects in storage form) to `sink`, the first ones before it resolves. Nobody may be told less than everything: a revision that history no
 * longer reaches is refused with 410. Throws ApiError: 400, 410, 422, 504.
 */
export async function watch(
  core: Core,
  target: Target,
  options: ListOptions,
  sink: (event: Event) => void,
): Promise<WatchHandle> {
  checkListOptions(options, true)
  const { store } = core
  const { kind, namespace } = target
  const selected = selection(kind, options)
  const asked = options.resourceVersion === undefined ? 0 : revisionOf(options.resourceVersion)
  await reach(store, asked)
  // From here to the subscription nothing waits, so no change can slip in between.
  const collection = collectionOf(kind.ref)
  const prefix = namespace === undefined ? '' : `${namespace}/`
  const pass = (change: Change): void => {
    if (!change.key.startsWith(prefix)) return
    const event = transition(change, selected)
    if (event) sink(event)
  }
  const initial = options.sendInitialEvents ?? asked === 0
  if (initial) {
    for (const { object } of store.list(collection, prefix)) {
      if (selected?.(object) ?? true) sink({ type: 'ADDED', object })
    }
    if (options.sendInitialEvents && options.allowWatchBookmarks) {
      sink({ type: 'BOOKMARK', resourceVersion: String(store.revision), initialEnd: true })
    }
  } else if (asked > 0) {
    if (asked < store.compacted) {
      throw expired(`too old resource version: ${asked} (${store.compacted})`)
    }
    store.changesSince(collection, asked).forEach(pass)
  }
  const close = store.subscribe(collection, pass)
  return {
    bookmark: () => sink({ type: 'BOOKMARK', resourceVersion: String(store.revision) }),
    close,
  }
}

/** What a change means to someone who sees only selected objects: entering is ADDED, leaving is DELETED with the old object at the new revision. */
export function transition(
  change: Change,
  selected: ((object: KubeObject) => boolean) | undefined,
): { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject } | undefined {
  const { object, previous, revision } = change
  const before = previous !== undefined && (selected?.(previous) ?? true)
  const after = object !== undefined && (selected?.(object) ?? true)
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object }
  if (!before) return undefined
  const metadata = { ...previous.metadata, resourceVersion: String(revision) }
  return { type: 'DELETED', object: { ...previous, metadata } }
}
