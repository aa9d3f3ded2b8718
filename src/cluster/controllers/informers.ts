// One informer per kind, shared by all controllers.
import type { ApiClient, Informer } from '../../apiserver/client.ts'
import type { KindRef, KubeObject } from '../../resources/object.ts'
import { kindKey } from '../../resources/snapshot.ts'

/** Opens informers once each and closes them all together. */
export class Informers {
  readonly #client: ApiClient
  readonly #open = new Map<string, Promise<Informer>>()

  constructor(client: ApiClient) {
    this.#client = client
  }

  of<T extends KubeObject>(kind: KindRef): Promise<Informer<T>> {
    const key = kindKey(kind)
    const found = this.#open.get(key) ?? this.#client.informer(kind)
    this.#open.set(key, found)
    return found as unknown as Promise<Informer<T>>
  }

  async close(): Promise<void> {
    for (const informer of await Promise.allSettled(this.#open.values())) {
      if (informer.status === 'fulfilled') informer.value.close()
    }
    this.#open.clear()
  }
}
