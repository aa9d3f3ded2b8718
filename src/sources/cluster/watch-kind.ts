// One kind of a cluster, listed and then watched: every break is taken up where it was, and what the API no longer remembers is listed again.
import { setTimeout as sleep } from 'node:timers/promises'
import { type KindRef, type KubeObject, keyOf } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { ClusterAccess } from './access.ts'
import { askLines, Refused } from './ask.ts'
import { resource } from './kinds.ts'
import { listKind } from './list-kind.ts'

export interface KindWatchOptions {
  /** Asked for before each request: credentials expire. */
  readonly access: () => Promise<ClusterAccess>
  /** After each change. */
  readonly changed: () => void
  /** Why the kind cannot be followed now; undefined: it can again. What was known stays. */
  readonly trouble: (kind: KindRef, error: Error | undefined) => void
  readonly signal: AbortSignal
}

interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubeObject & { readonly code?: number; readonly message?: string }
}

/** A watch that long is ended by the API, and begun again. */
const WATCH_SECONDS = 300
/** How long the API is left alone after a failure: doubled up to the last, and spread so that kinds do not come back together. */
const PAUSE_MS = [500, 30_000] as const
/** A kind that is not served may be one day: its CRD is installed later. */
const ABSENT_MS = 30_000
const [NOT_FOUND, GONE, TOO_MANY] = [404, 410, 429]

export class KindWatch {
  readonly #kind: KindRef
  readonly #options: KindWatchOptions
  #objects = new Map<string, Resource>()
  /** Where the watch goes on; undefined: list first. */
  #at: { readonly path: string; version: string } | undefined
  /** The cluster does not serve the kind. */
  #absent = false
  #failures = 0

  constructor(kind: KindRef, options: KindWatchOptions) {
    this.#kind = kind
    this.#options = options
  }

  /** An object that did not change is the same Resource. */
  get resources(): Iterable<Resource> {
    return this.#objects.values()
  }

  /** Lists. Throws when that fails. */
  async list(): Promise<void> {
    const listed = await listKind(await this.#options.access(), this.#kind, this.#options.signal)
    this.#at = listed && { path: listed.path, version: listed.resourceVersion }
    this.#absent = listed === undefined
    const before = this.#objects
    this.#objects = new Map(
      (listed?.items ?? []).map((item) => {
        const key = keyOf(item.metadata)
        const known = before.get(key)
        return [key, known && same(known.object, item) ? known : resource(this.#kind, item)]
      }),
    )
  }

  /** Follows until the signal: never rejects. */
  async follow(): Promise<void> {
    const { signal, trouble } = this.#options
    while (!signal.aborted) {
      try {
        if (this.#absent) await pause(ABSENT_MS, signal)
        if (this.#at) await this.#watch(this.#at)
        else await this.#listAgain()
      } catch (error) {
        if (signal.aborted) return
        const status = error instanceof Refused ? error.status : undefined
        // A break is taken up where it was. An answer that refuses may be about the version: forgotten, served no longer, of another store.
        if (status !== undefined && status !== TOO_MANY) this.#at = undefined
        if (status !== GONE && status !== NOT_FOUND) trouble(this.#kind, error as Error)
        await this.#backOff()
      }
    }
  }

  async #listAgain(): Promise<void> {
    const before = this.#objects
    await this.list()
    this.#failures = 0
    this.#options.trouble(this.#kind, undefined)
    if (before.size > 0 || this.#objects.size > 0) this.#options.changed()
  }

  async #watch(at: { readonly path: string; version: string }): Promise<void> {
    const { access, signal, trouble } = this.#options
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`
    const lines = askLines(await access(), {
      path: `${at.path}?${query}&resourceVersion=${encodeURIComponent(at.version)}`,
      asked: `${this.#kind.plural} are watched`,
      timeoutMs: (WATCH_SECONDS + 30) * 1000,
      signal,
      opened: () => trouble(this.#kind, undefined),
    })
    let told = false
    for await (const line of lines) {
      const { type, object } = JSON.parse(line) as Event
      if (type === 'ERROR')
        throw new Refused(object.code ?? 0, JSON.stringify(object), `${this.#kind.plural} are watched`)
      at.version = object.metadata.resourceVersion ?? at.version
      told = true
      this.#failures = 0
      if (type !== 'BOOKMARK') this.#take(type, object)
    }
    // One that ends at once, again and again, is left alone for longer and longer.
    if (!told) await this.#backOff()
  }

  #take(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const key = keyOf(object.metadata)
    if (type === 'DELETED') this.#objects.delete(key)
    else this.#objects.set(key, resource(this.#kind, object))
    this.#options.changed()
  }

  async #backOff(): Promise<void> {
    const [first, last] = PAUSE_MS
    const most = Math.min(last, first * 2 ** this.#failures)
    this.#failures += 1
    await pause(most * (0.5 + Math.random() / 2), this.#options.signal)
  }
}

const same = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion

/** Returns early at the signal. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined)
