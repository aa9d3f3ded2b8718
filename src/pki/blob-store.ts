// PEM bytes by content digest, for the engines (which see it as engines' BlobStore). Control holds one and releases what no model needs any more.
import type { Digest } from '../ir/certificate.ts'
import { digestOf } from './inspect.ts'

/** A set of values kept alive by somebody. */
export interface Lease {
  release(): void
}

/** Holds values as long as at least one lease names them. */
export class PemStore {
  readonly #values = new Map<Digest, { readonly bytes: Uint8Array; leases: number }>()

  /** The bytes with this digest, or undefined: what needs them must fail closed. */
  get(digest: Digest): Uint8Array | undefined {
    return this.#values.get(digest)?.bytes
  }

  get size(): number {
    return this.#values.size
  }

  /** Keeps all of `values` until the lease is released. The bytes must not be changed afterwards. */
  hold(values: Iterable<Uint8Array>): Lease {
    const digests = new Set<Digest>()
    for (const bytes of values) {
      const digest = digestOf(bytes)
      if (digests.has(digest)) continue
      digests.add(digest)
      const held = this.#values.get(digest)
      if (held) held.leases++
      else this.#values.set(digest, { bytes, leases: 1 })
    }
    let released = false
    return {
      release: () => {
        if (released) return
        released = true
        for (const digest of digests) this.#drop(digest)
      },
    }
  }

  #drop(digest: Digest): void {
    const held = this.#values.get(digest)
    if (held === undefined) return
    held.leases--
    if (held.leases === 0) this.#values.delete(digest)
  }
}
