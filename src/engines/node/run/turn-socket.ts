// A socket whose text is written at the end of the turn (turn.ts): the codec may write a message in pieces.
import type { Socket } from 'node:net'
import type { ByteSocket } from './byte-socket.ts'
import { Slab } from './slab.ts'
import { atEndOfTurn, type Deferred } from './turn.ts'

/** Text beyond which it is not put off. */
const MOST = 16 * 1024

export class TurnSocket implements ByteSocket, Deferred {
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly encrypted: boolean
  private readonly socket: Socket
  /** What waits for the end of the turn: text alone, or text and bytes in a slab. */
  private text = ''
  private slab: Slab | undefined
  private deferred = false

  constructor(socket: Socket) {
    this.socket = socket
    this.localAddress = socket.localAddress
    this.localPort = socket.localPort
    this.encrypted = 'encrypted' in socket
  }

  get writableLength(): number {
    return this.socket.writableLength + this.text.length + (this.slab?.length ?? 0)
  }

  write(text: string): void {
    const { slab } = this
    if (slab !== undefined) {
      if (slab.room >= text.length) {
        slab.text(text)
        return
      }
      this.endOfTurn()
    }
    if (this.text === '') {
      this.text = text
      this.defer()
    } else this.text += text
    if (this.text.length > MOST) this.endOfTurn()
  }

  writeCopied(head: string, body: Buffer, tail: string): void {
    const bytes = head.length + body.length + tail.length
    if (this.slab !== undefined && this.slab.room < bytes) this.endOfTurn()
    let { slab } = this
    if (slab === undefined) {
      slab = Slab.take(this.text.length + bytes)
      slab.text(this.text)
      this.text = ''
      this.slab = slab
      this.defer()
    }
    slab.text(head)
    slab.copy(body)
    slab.text(tail)
  }

  endOfTurn(): void {
    this.deferred = false
    const { text, slab } = this
    if (slab !== undefined) {
      this.slab = undefined
      this.socket.write(slab.bytes, () => slab.giveBack())
    } else if (text !== '') {
      this.text = ''
      this.socket.write(text, 'latin1')
    }
  }

  private defer(): void {
    if (this.deferred) return
    this.deferred = true
    atEndOfTurn(this)
  }

  end(): void {
    this.endOfTurn()
    this.socket.end()
  }

  destroy(): void {
    this.endOfTurn()
    this.socket.destroy()
  }

  destroySoon(): void {
    this.endOfTurn()
    this.socket.destroySoon()
  }

  resetAndDestroy(): void {
    this.endOfTurn()
    this.socket.resetAndDestroy()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  on(event: 'end' | 'close' | 'drain' | 'error', listener: (error: Error) => void): void {
    this.socket.on(event, listener)
  }
}
