// What the PEM values of all Secrets and ConfigMaps are, computed once per object; the bytes are held for the engine as long as a model may need them.
import type { PemFacts } from '../../ir/certificate.ts'
import type { Lease, PemStore } from '../../pki/blob-store.ts'
import { inspectPem } from '../../pki/inspect.ts'
import { CONFIG_MAP, SECRET } from '../../resources/kinds.ts'
import type { KubeObject } from '../../resources/object.ts'
import { kindKey, type PemIndex, type Snapshot } from '../../resources/snapshot.ts'

interface DataObject extends KubeObject {
  /** Base64 in a Secret, text in a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>
}

interface Indexed {
  readonly object: KubeObject
  readonly index: PemIndex
  readonly lease: Lease
}

export class PemIndexes {
  readonly #store: PemStore
  readonly #indexed = new Map<string, Indexed>()
  /** Of values that no object has any more, but the model in force may. */
  #retired: Lease[] = []
  #answer: ReadonlyMap<string, PemIndex> = new Map()
  readonly #seen = new Map<string, ReadonlyMap<string, unknown>>()

  constructor(store: PemStore) {
    this.#store = store
  }

  /** The facts for these objects, in the form of a snapshot. The same map when no Secret and no ConfigMap changed. */
  read(objects: Snapshot['objects']): ReadonlyMap<string, PemIndex> {
    let changed = false
    for (const kind of [SECRET, CONFIG_MAP]) {
      const all = objects.get(kindKey(kind)) ?? new Map()
      if (this.#seen.get(kind.kind) === all) continue
      this.#seen.set(kind.kind, all)
      changed = true
      for (const [name, { object }] of all) this.#readOne(`${kind.kind} ${name}`, object)
      for (const [key, { lease }] of this.#indexed) {
        if (!key.startsWith(`${kind.kind} `) || all.has(key.slice(kind.kind.length + 1))) continue
        this.#indexed.delete(key)
        this.#retired.push(lease)
      }
    }
    if (changed) this.#answer = new Map([...this.#indexed].map(([key, { index }]) => [key, index]))
    return this.#answer
  }

  /** The leases of values that went out of use since the last call: to be released once a model made from the last `read` is in force. */
  takeRetired(): readonly Lease[] {
    const retired = this.#retired
    this.#retired = []
    return retired
  }

  #readOne(key: string, object: DataObject): void {
    const known = this.#indexed.get(key)
    if (known?.object === object) return
    const values = new Map<string, Uint8Array>()
    const secret = key.startsWith('Secret ')
    for (const [name, value] of Object.entries(object.data ?? {})) {
      // A ConfigMap is full of other things; a Secret's value is also of interest when it is not what it should be.
      if (secret) values.set(name, Buffer.from(value, 'base64'))
      else if (value.includes('-----BEGIN ')) values.set(name, Buffer.from(value))
    }
    const index = new Map<string, PemFacts>([...values].map(([name, bytes]) => [name, inspectPem(bytes)]))
    this.#indexed.set(key, { object, index, lease: this.#store.hold(values.values()) })
    if (known) this.#retired.push(known.lease)
  }
}
