// Informers for every kind that is served, custom ones included as they come and go: what garbage collection and namespace deletion see.
import type { ApiClient, Informer, WatchEvent } from '../../apiserver/client.ts'
import { EVENT } from '../../resources/kinds.ts'
import type { KindRef } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'
import type { Informers } from './informers.ts'

export type AnyListener = (kind: KindRef, event: WatchEvent) => void

/** Live views of all kinds. Events are left out: nothing owns them, and they go with their namespace by list. */
export class AllKinds {
  readonly #client: ApiClient
  readonly #informers: Informers
  readonly #open = new Map<
    string,
    { readonly kind: KindRef; readonly informer: Informer; readonly stop: () => void }
  >()
  readonly #listeners = new Set<AnyListener>()
  readonly #failed: (kind: KindRef, error: unknown) => void
  #unsubscribe: () => void = () => undefined
  #opening: Promise<void> = Promise.resolve()

  constructor(client: ApiClient, informers: Informers, failed: (kind: KindRef, error: unknown) => void) {
    this.#client = client
    this.#informers = informers
    this.#failed = failed
  }

  /** Resolves when every kind served now is in view. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#client.onKinds(() => this.#refreshSoon())
    this.#refreshSoon()
    await this.#opening
  }

  on(listener: AnyListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** All kinds in view with their objects. */
  views(): Iterable<{ readonly kind: KindRef; readonly informer: Informer }> {
    return this.#open.values()
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#opening
    for (const { stop } of this.#open.values()) stop()
    this.#open.clear()
  }

  #refreshSoon(): void {
    this.#opening = this.#opening.then(() => this.#refresh())
  }

  async #refresh(): Promise<void> {
    const served = new Map(this.#client.kinds().map((kind) => [kindKey(kind), kind]))
    served.delete(kindKey(EVENT))
    served.delete('Event.events.k8s.io')
    for (const [key, view] of this.#open) {
      if (served.has(key)) continue
      view.stop()
      this.#open.delete(key)
    }
    await Promise.all(
      [...served].filter(([key]) => !this.#open.has(key)).map(([key, kind]) => this.#watch(key, kind)),
    )
  }

  async #watch(key: string, kind: KindRef): Promise<void> {
    try {
      const informer = await this.#informers.of(kind)
      const stop = informer.on((event) => this.#tell(kind, event))
      this.#open.set(key, { kind, informer, stop })
      for (const object of informer.cache.values()) this.#tell(kind, { type: 'ADDED', object })
    } catch (error) {
      this.#failed(kind, error)
    }
  }

  #tell(kind: KindRef, event: WatchEvent): void {
    for (const listener of this.#listeners) listener(kind, event)
  }
}
