// The end of a connection whose last response is written (nginx: lingering close): the peer gets what is on its way, and no longer than it
// needs.
import type { ByteSocket } from '../byte-socket.ts'
import { monotonic } from '../clock.ts'

/** How long it may take the peer to close once it has all, and how often is looked whether it takes what was written, ms. */
const LINGER_MS = 2_000

/** Ends the socket's writing side; what still comes is for its owner to throw away. */
export class LingeringClose {
  private readonly socket: ByteSocket
  /** Bytes written that the system had not taken at the last look. */
  private unsent: number
  private movedAt = monotonic()
  private readonly stallMs: number

  /** `stallMs`: how long none of what was written may be taken; 0: for ever. */
  constructor(socket: ByteSocket, stallMs: number) {
    this.socket = socket
    this.stallMs = stallMs
    socket.end()
    this.unsent = socket.writableLength
  }

  /** When to look next, in the clock's ms. */
  get deadline(): number {
    return monotonic() + LINGER_MS
  }

  /** Looks, and closes when the peer has had its time. Returns when to look next; 0: it is over. */
  look(): number {
    if (!this.over()) return this.deadline
    this.socket.destroy()
    return 0
  }

  private over(): boolean {
    // All was with the system at the last look already.
    if (this.unsent === 0) return true
    const unsent = this.socket.writableLength
    if (unsent < this.unsent) {
      this.unsent = unsent
      this.movedAt = monotonic()
      return false
    }
    return this.stallMs > 0 && monotonic() - this.movedAt >= this.stallMs
  }
}
