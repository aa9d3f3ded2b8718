// Space for bytes on their way out: taken to be filled, given back when they have left. Fresh memory for each piece of a large body would
// cost more than copying it, in page faults and in collections.
import type { Writable } from 'node:stream'

/** One read of a body, with a head or a chunk's frame around it. */
const SLAB_BYTES = 72 * 1024
/** As many are kept for later. */
const MOST_FREE = 64

/** Bytes from which on a slab is worth it: Node has a pool of its own for a few. */
const WORTH_IT = 4 * 1024

const free: Slab[] = []

/** Writes a copy of bytes that are valid during the call. */
export function writeCopy(stream: Writable, bytes: Buffer): void {
  if (bytes.length < WORTH_IT) {
    stream.write(Buffer.from(bytes))
    return
  }
  const slab = Slab.take(bytes.length)
  slab.copy(bytes)
  stream.write(slab.bytes, () => slab.giveBack())
}

export class Slab {
  length = 0
  private readonly space: Buffer

  private constructor(bytes: number) {
    this.space = Buffer.allocUnsafeSlow(bytes)
  }

  /** An empty one with room for so many bytes at least. */
  static take(bytes: number): Slab {
    return bytes > SLAB_BYTES ? new Slab(bytes) : (free.pop() ?? new Slab(SLAB_BYTES))
  }

  get room(): number {
    return this.space.length - this.length
  }

  /** Its bytes; valid until it is given back. */
  get bytes(): Buffer {
    return this.space.subarray(0, this.length)
  }

  /** Appends latin1 text, for which there is room. */
  text(text: string): void {
    if (text === '') return
    this.space.write(text, this.length, 'latin1')
    this.length += text.length
  }

  /** Appends a copy of bytes, for which there is room. */
  copy(bytes: Buffer): void {
    bytes.copy(this.space, this.length)
    this.length += bytes.length
  }

  /** Nobody reads it any more. */
  giveBack(): void {
    this.length = 0
    if (this.space.length === SLAB_BYTES && free.length < MOST_FREE) free.push(this)
  }
}
