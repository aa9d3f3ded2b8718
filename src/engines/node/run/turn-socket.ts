// A socket whose text is written at the end of the turn (turn.ts): the codec may write a message in pieces.
import type { Socket } from 'node:net'
import type { ByteSocket } from './byte-socket.ts'
import { atEndOfTurn, type Deferred } from './turn.ts'

/** Text beyond which it is not put off. */
const MOST = 16 * 1024

export class TurnSocket implements ByteSocket, Deferred {
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly encrypted: boolean
  private readonly socket: Socket
  private text = ''

  constructor(socket: Socket) {
    this.socket = socket
    this.localAddress = socket.localAddress
    this.localPort = socket.localPort
    this.encrypted = 'encrypted' in socket
  }

  get writableLength(): number {
    return this.socket.writableLength + this.text.length
  }

  write(data: string | Buffer): void {
    if (typeof data !== 'string') {
      this.endOfTurn()
      this.socket.write(data)
      return
    }
    if (this.text === '') {
      this.text = data
      atEndOfTurn(this)
    } else this.text += data
    if (this.text.length > MOST) this.endOfTurn()
  }

  endOfTurn(): void {
    const { text } = this
    if (text === '') return
    this.text = ''
    this.socket.write(text, 'latin1')
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
