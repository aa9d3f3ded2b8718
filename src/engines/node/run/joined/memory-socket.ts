// Two ends of a connection inside this process: what one writes, the other reads, without kernel and encryption.
import { EventEmitter } from 'node:events'
import { Slab } from '../slab.ts'
import { atEndOfTurn, type Deferred } from '../turn.ts'
import { Letter } from './letter.ts'

const HIGH_WATER = 64 * 1024
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)

/** What one end has for the other: text as latin1, bytes, or a message in its parts. */
type Written = string | Slab | Letter

/** Takes bytes that were read: the buffer is used again as soon as it returns. */
export type ByteReader = (chunk: Buffer) => void

/** Takes a message in its parts: valid until the next one. */
export type LetterReader = (letter: Letter) => void

/** Behaves as a net.Socket does for the codec: events `end`, `close`, `error`, `drain`; half-open until both ends have ended. */
export class MemorySocket extends EventEmitter implements Deferred {
  readonly encrypted = false
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  destroyed = false
  private peer: MemorySocket | undefined
  private reader: ByteReader | undefined
  private letterReader: LetterReader | undefined
  private inbox: Written[] = []
  private inboxBytes = 0
  private reading = true
  private scheduled = false
  private endReceived = false
  private endSent = false
  private endTold = false
  private needsDrain = false
  private leaving = false

  private constructor(local: SocketName, remote: SocketName) {
    super()
    this.localAddress = local.address
    this.localPort = local.port
    this.remoteAddress = remote.address
    this.remotePort = remote.port
  }

  /** The two ends of one connection. */
  static pair(one: SocketName, other: SocketName): [MemorySocket, MemorySocket] {
    const ends: [MemorySocket, MemorySocket] = [new MemorySocket(one, other), new MemorySocket(other, one)]
    ends[0].peer = ends[1]
    ends[1].peer = ends[0]
    return ends
  }

  /** Takes what comes from now on; a Buffer is valid during the call. */
  onBytes(reader: ByteReader, letters: LetterReader): void {
    this.reader = reader
    this.letterReader = letters
    this.schedule()
  }

  /** Bytes that have come and were not read yet. */
  get unread(): number {
    return this.inboxBytes
  }

  get writableLength(): number {
    return this.peer?.inboxBytes ?? 0
  }

  /** A Letter is a message that needs no parsing. */
  write(data: Written): boolean {
    const { peer } = this
    if (peer === undefined || this.endSent || this.destroyed) return true
    peer.inbox.push(data)
    peer.inboxBytes += data.length
    peer.schedule()
    if (peer.inboxBytes < HIGH_WATER) return true
    this.needsDrain = true
    return false
  }

  writeCopied(head: string, body: Buffer, tail: string): boolean {
    const slab = Slab.take(head.length + body.length + tail.length)
    slab.text(head)
    slab.copy(body)
    slab.text(tail)
    return this.write(slab)
  }

  end(): void {
    if (this.endSent) return
    this.endSent = true
    if (this.peer !== undefined) {
      this.peer.endReceived = true
      this.peer.schedule()
    }
  }

  pause(): this {
    this.reading = false
    return this
  }

  resume(): this {
    this.reading = true
    this.schedule()
    return this
  }

  destroy(): void {
    if (this.destroyed) return
    this.end()
    this.destroyed = true
    this.inbox = []
    this.inboxBytes = 0
    process.nextTick(() => this.emit('close'))
  }

  /** Closes once what was written has been read. */
  destroySoon(): void {
    this.end()
    this.leaving = true
    if (this.writableLength === 0) this.destroy()
  }

  resetAndDestroy(): void {
    const { peer } = this
    this.destroy()
    if (peer === undefined || peer.destroyed) return
    peer.inbox = []
    peer.inboxBytes = 0
    process.nextTick(() => {
      if (peer.destroyed) return
      peer.emit('error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      peer.destroy()
    })
  }

  private schedule(): void {
    if (this.scheduled || !this.reading || this.reader === undefined) return
    if (this.inbox.length === 0 && !(this.endReceived && !this.endTold)) return
    this.scheduled = true
    // Never at once: who writes must not find himself reading.
    atEndOfTurn(this)
  }

  endOfTurn(): void {
    this.scheduled = false
    let at = 0
    const { inbox } = this
    while (at < inbox.length && this.reading && !this.destroyed) {
      const data = inbox[at++] as Written
      this.inboxBytes -= data.length
      if (data instanceof Letter) this.letterReader?.(data)
      else if (data instanceof Slab) {
        this.reader?.(data.bytes)
        data.giveBack()
      } else this.reader?.(bytesOf(data))
    }
    if (this.destroyed) {
      this.peer?.delivered()
      return
    }
    this.inbox = at === inbox.length ? [] : inbox.slice(at)
    this.peer?.delivered()
    if (this.inbox.length > 0) this.schedule()
    else if (this.endReceived && !this.endTold && this.reading) {
      this.endTold = true
      this.emit('end')
    }
  }

  /** The other end has read. */
  private delivered(): void {
    if (this.leaving && this.writableLength === 0) this.destroy()
    if (!this.needsDrain || this.writableLength >= HIGH_WATER) return
    this.needsDrain = false
    this.emit('drain')
  }
}

export interface SocketName {
  readonly address: string
  readonly port: number
}

function bytesOf(text: string): Buffer {
  if (text.length > SCRATCH.length) return Buffer.from(text, 'latin1')
  SCRATCH.write(text, 0, 'latin1')
  return SCRATCH.subarray(0, text.length)
}
