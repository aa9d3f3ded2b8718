// Who owns whom, kept up to date from watch events.
import type { WatchEvent } from '../../../apiserver/client.ts'
import { type KindRef, type KubeObject, keyOf } from '../../../resources/object.ts'
import { kindKey } from '../../../resources/snapshot.ts'

/** An object with its kind. */
export interface Node {
  readonly kind: KindRef
  readonly object: KubeObject
}

/** All objects by uid, and the dependents of each owner uid. */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>()
  readonly #dependents = new Map<string, Set<string>>()
  readonly #keys = new Map<string, string>()

  /** Takes in a change; returns the uids that may have become collectable or finished by it. */
  change(kind: KindRef, event: WatchEvent): readonly string[] {
    const { object } = event
    const uid = object.metadata.uid
    if (uid === undefined) return []
    const place = `${kindKey(kind)} ${keyOf(object.metadata)}`
    const gone = this.#keys.get(place)
    // The place was taken by another object without a DELETED in between.
    const replaced = gone !== undefined && gone !== uid ? this.#remove(gone) : []
    if (event.type === 'DELETED') {
      this.#keys.delete(place)
      return [...replaced, ...this.#remove(uid)]
    }
    this.#keys.set(place, uid)
    this.#unlink(uid)
    this.#nodes.set(uid, { kind, object })
    for (const owner of object.metadata.ownerReferences ?? []) {
      const set = this.#dependents.get(owner.uid) ?? new Set()
      this.#dependents.set(owner.uid, set.add(uid))
    }
    const owned = (object.metadata.ownerReferences ?? []).length > 0
    const finalizing = object.metadata.deletionTimestamp !== undefined
    return owned || finalizing ? [...replaced, uid] : replaced
  }

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid)
  }

  dependentsOf(uid: string): Node[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((one) => this.#nodes.get(one) ?? [])
  }

  /** The removed object's dependents (to be judged again) and owners (that may wait for it). */
  #remove(uid: string): readonly string[] {
    const owners = this.#nodes.get(uid)?.object.metadata.ownerReferences?.map((one) => one.uid) ?? []
    this.#unlink(uid)
    this.#nodes.delete(uid)
    return [...(this.#dependents.get(uid) ?? []), ...owners]
  }

  #unlink(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.object.metadata.ownerReferences ?? []) {
      const set = this.#dependents.get(owner.uid)
      set?.delete(uid)
      if (set?.size === 0) this.#dependents.delete(owner.uid)
    }
  }
}
