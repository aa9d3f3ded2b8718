// The get and list verbs.
import type { KubeObject } from '../../resources/object.ts'
import { collectionOf } from '../registry.ts'
import { selection } from '../selector/selection.ts'
import { apiError, expired, notFound, tooLargeResourceVersion } from '../status-error.ts'
import type { Store } from '../store/store.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { checkListOptions, type ListOptions, revisionOf } from './list-options.ts'
import { type Core, storeKey, type Target } from './request.ts'

export interface Page {
  /** In storage form, in key order. */
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** How long a read waits for a revision that is not there yet. */
const WAIT_MS = 3_000

/** One object in storage form. Throws 404. */
export async function get(core: Core, target: Target, resourceVersion?: string): Promise<KubeObject> {
  if (resourceVersion !== undefined) await reach(core.store, revisionOf(resourceVersion))
  const { kind, name = '', namespace } = target
  const stored = core.store.get(collectionOf(kind.ref), storeKey(namespace, name))
  if (!stored) throw notFound(kind.ref, name)
  return stored.object
}

/** The objects of a kind, of one namespace or of all. Throws ApiError: 400, 410 Expired, 422, 504. */
export async function list(core: Core, target: Target, options: ListOptions = {}): Promise<Page> {
  checkListOptions(options, false)
  const { kind, namespace } = target
  const selected = selection(kind, options)
  const token = options.continue === undefined ? undefined : decodeContinue(options.continue)
  const revision = await revisionToRead(core.store, options, token?.revision)
  if (revision < core.store.compacted && revision < core.store.revision)
    throw tooOld(core.store, token?.after)

  const prefix = namespace === undefined ? '' : `${namespace}/`
  const all = core.store.listAt(collectionOf(kind.ref), prefix, revision)
  const matching = selected ? all.filter(({ object }) => selected(object)) : all
  const rest = token ? matching.filter(({ key }) => key > token.after) : matching
  const page = options.limit && options.limit > 0 ? rest.slice(0, options.limit) : rest
  const remaining = rest.length - page.length
  const last = page.at(-1)
  return {
    items: page.map(({ object }) => object),
    resourceVersion: String(revision),
    ...(remaining > 0 && last ? { continue: encodeContinue({ revision, after: last.key }) } : {}),
    ...(remaining > 0 && !selected ? { remainingItemCount: remaining } : {}),
  }
}

/** Objects of a kind in storage form that the selectors choose. Throws 400. */
export function select(core: Core, target: Target, options: ListOptions): readonly KubeObject[] {
  const { kind, namespace } = target
  const selected = selection(kind, options)
  return core.store
    .list(collectionOf(kind.ref), namespace === undefined ? '' : `${namespace}/`)
    .map(({ object }) => object)
    .filter((object) => selected?.(object) ?? true)
}

async function revisionToRead(
  store: Store,
  options: ListOptions,
  pinned: number | undefined,
): Promise<number> {
  if (options.continue !== undefined) return pinned ?? store.revision
  const asked = options.resourceVersion === undefined ? 0 : revisionOf(options.resourceVersion)
  await reach(store, asked)
  return options.resourceVersionMatch === 'Exact' ? asked : store.revision
}

function tooOld(store: Store, after: string | undefined): Error {
  if (after === undefined) return expired(`The resourceVersion for the provided list is too old.`)
  const inconsistent = encodeContinue({ after })
  const message =
    'The provided continue parameter is too old to display a consistent list result. Start a new list without it, or go on with the token of this answer, which shows the remainder as it is now.'
  const error = apiError(410, 'Expired', message)
  const status = {
    ...error.status,
    metadata: { continue: inconsistent, resourceVersion: String(store.revision) },
  }
  return Object.assign(error, { status })
}

/** Waits a little for a revision that is not there yet. Throws 504 when it does not come. */
export async function reach(store: Store, revision: number): Promise<void> {
  if (revision <= store.revision) return
  const reached = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => settle(false), WAIT_MS)
    const stop = store.onAdvance(() => {
      if (store.revision >= revision) settle(true)
    })
    const settle = (value: boolean): void => {
      clearTimeout(timer)
      stop()
      resolve(value)
    }
  })
  if (!reached) throw tooLargeResourceVersion(revision, store.revision)
}
