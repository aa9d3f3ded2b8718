// Messages onto a connection, whichever way they go: data in the framing of its message, and whether the other end keeps up.
import type { ByteSocket } from '../byte-socket.ts'
import { Letter } from '../joined/letter.ts'
import { MemorySocket } from '../joined/memory-socket.ts'
import { writeData } from './message-text.ts'

/** Bytes waiting in a socket above which the sender has to wait. */
const HIGH_WATER = 128 * 1024

export class MessageWriter {
  protected readonly socket: ByteSocket
  /** The same, when it is inside this process, and what whole messages are sent through it in. */
  protected readonly memory: { readonly socket: MemorySocket; readonly letter: Letter } | undefined
  /** The message in hand has its body in chunks. */
  protected chunked = false
  private slow = false

  constructor(socket: ByteSocket) {
    this.socket = socket
    this.memory = socket instanceof MemorySocket ? { socket, letter: new Letter() } : undefined
  }

  /** Writes more of a body. */
  send(chunk: Buffer): void {
    writeData(this.socket, this.chunked, chunk)
  }

  /** False: the other end is slow, wait until it has `drained`. */
  hasRoom(): boolean {
    if (this.socket.writableLength <= HIGH_WATER) return true
    this.slow = true
    return false
  }

  /** The socket is empty again: true when somebody waits for that. */
  drained(): boolean {
    const { slow } = this
    this.slow = false
    return slow
  }
}
