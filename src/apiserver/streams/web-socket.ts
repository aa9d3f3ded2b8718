// The server's side of a WebSocket connection (RFC 6455): each chunk read is a message, each chunk written becomes one.
import { createHash } from 'node:crypto'
import { Duplex } from 'node:stream'

const CONTINUATION = 0
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
const MAX_MESSAGE = 16 * 1024 * 1024

/** The value of Sec-WebSocket-Accept for a client's Sec-WebSocket-Key. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

export class WebSocket extends Duplex {
  readonly #socket: Duplex
  #pending: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []

  /** `socket` is past its handshake. */
  constructor(socket: Duplex) {
    super({ readableObjectMode: true, allowHalfOpen: true })
    this.#socket = socket
    this.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => this.destroy())
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send(BINARY, chunk, done)
  }

  override _final(done: () => void): void {
    // 1000: a normal end.
    this.#send(CLOSE, Buffer.from([0x03, 0xe8]), () => {
      this.#socket.end()
      done()
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    for (let frame = this.#next(); frame; frame = this.#next()) {
      if (frame.opcode === PING) this.#send(PONG, frame.payload)
      else if (frame.opcode === CLOSE) this.push(null)
      else if (frame.opcode !== PONG) {
        if (frame.opcode !== CONTINUATION) this.#parts = []
        this.#parts.push(frame.payload)
        if (this.#parts.reduce((sum, part) => sum + part.length, 0) > MAX_MESSAGE) return void this.destroy()
        if (frame.final && !this.push(Buffer.concat(this.#parts.splice(0)))) this.#socket.pause()
      }
    }
  }

  /** The next whole frame, unmasked; a frame that breaks the protocol destroys the connection. */
  #next(): { readonly opcode: number; readonly final: boolean; readonly payload: Buffer } | undefined {
    const bytes = this.#pending
    const [first = 0, second = 0] = bytes
    if (bytes.length < 2 || this.destroyed) return undefined
    const short = second & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = 2 + lengthBytes + 4
    if (bytes.length < start) return undefined
    const length =
      lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (length > MAX_MESSAGE || (second & 0x80) === 0) {
      this.destroy()
      return undefined
    }
    if (bytes.length < start + length) return undefined
    const payload = Buffer.from(bytes.subarray(start, start + length))
    for (let index = 0; index < length; index++)
      payload[index] = (payload[index] ?? 0) ^ (bytes[start - 4 + (index & 3)] ?? 0)
    this.#pending = bytes.subarray(start + length)
    return { opcode: first & 0x0f, final: (first & 0x80) !== 0, payload }
  }

  #send(opcode: number, payload: Buffer, done: () => void = () => undefined): void {
    if (!this.#socket.writable) {
      done()
      return
    }
    const { length } = payload
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
    head[0] = 0x80 | opcode
    head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
    if (head.length === 4) head.writeUInt16BE(length, 2)
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
    this.#socket.write(Buffer.concat([head, payload]), () => done())
  }
}
