// The server's side of a SPDY/3.1 connection, as much of it as Kubernetes clients use: streams that they open, data, ends, pings.
import { Duplex } from 'node:stream'
import { headerReader, headerWriter } from './spdy-headers.ts'

const SYN_STREAM = 1
const SYN_REPLY = 2
const RST_STREAM = 3
const PING = 6
const GOAWAY = 7
const WINDOW_UPDATE = 9
const FIN = 1
const CANCEL = 5
const FRAME_HEADER = 8
const MAX_FRAME = 16 * 1024 * 1024

/** A stream that the client opened. Its own half-close is the end of reading; `end` is ours. */
export class SpdyStream extends Duplex {
  readonly headers: ReadonlyMap<string, string>
  readonly #id: number
  readonly #link: Link

  constructor(id: number, headers: ReadonlyMap<string, string>, link: Link) {
    super({ allowHalfOpen: true })
    this.#id = id
    this.headers = headers
    this.#link = link
    // Streams are cut when their connection is; that is no event of its own.
    this.on('error', () => undefined)
  }

  override _read(): void {
    this.#link.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#link.send(dataFrame(this.#id, chunk, 0), done)
  }

  override _final(done: () => void): void {
    this.#link.send(dataFrame(this.#id, Buffer.alloc(0), FIN), done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#link.forget(this.#id)
    if (!this.readableEnded || !this.writableFinished)
      this.#link.send(controlFrame(RST_STREAM, 0, words(this.#id, CANCEL)))
    done(error)
  }
}

interface Link {
  send(frame: Buffer, done?: () => void): void
  resume(): void
  forget(id: number): void
}

export interface SpdyConnection {
  /** Sends what is pending and closes. */
  end(): void
}

/** Speaks SPDY on `socket`; `onStream` gets every stream that is opened. A violation of the protocol destroys the socket. */
export function spdyConnection(socket: Duplex, onStream: (stream: SpdyStream) => void): SpdyConnection {
  const streams = new Map<number, SpdyStream>()
  const readHeaders = headerReader()
  const writeHeaders = headerWriter()
  const link: Link = {
    send: (frame, done) => {
      if (socket.writable) socket.write(frame, () => done?.())
      else done?.()
    },
    resume: () => socket.resume(),
    forget: (id) => streams.delete(id),
  }
  const control = (type: number, payload: Buffer, flags: number): void => {
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0
    if (type === SYN_STREAM) {
      const stream = new SpdyStream(id, readHeaders(payload.subarray(10)), link)
      streams.set(id, stream)
      link.send(controlFrame(SYN_REPLY, 0, Buffer.concat([words(id), writeHeaders({})])))
      if (flags & FIN) stream.push(null)
      onStream(stream)
    } else if (type === RST_STREAM) {
      streams.get(id)?.destroy()
    } else if (type === PING) {
      link.send(controlFrame(PING, 0, payload))
    } else if (type === GOAWAY) {
      // The client opens nothing more; what is open goes on.
    }
  }
  const data = (id: number, payload: Buffer, flags: number): void => {
    const stream = streams.get(id)
    if (payload.length > 0) {
      // One slow stream holds up the connection: clients of Kubernetes know no windows.
      if (stream && !stream.push(Buffer.from(payload))) socket.pause()
      const grant = words(id, payload.length)
      link.send(controlFrame(WINDOW_UPDATE, 0, grant))
      link.send(controlFrame(WINDOW_UPDATE, 0, words(0, payload.length)))
    }
    if (flags & FIN) stream?.push(null)
  }
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    try {
      while (pending.length >= FRAME_HEADER) {
        const length = pending.readUIntBE(5, 3)
        if (length > MAX_FRAME) throw new Error('frame too large')
        if (pending.length < FRAME_HEADER + length) return
        const first = pending.readUInt32BE(0)
        const flags = pending[4] ?? 0
        const payload = pending.subarray(FRAME_HEADER, FRAME_HEADER + length)
        pending = pending.subarray(FRAME_HEADER + length)
        if (first >>> 31 === 1) control(first & 0xffff, payload, flags)
        else data(first, payload, flags)
      }
    } catch {
      socket.destroy()
    }
  })
  const cut = (): void => {
    for (const stream of [...streams.values()]) stream.destroy()
  }
  socket.on('error', cut)
  socket.on('close', cut)
  socket.on('end', cut)
  return { end: () => socket.end() }
}

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEADER)
  head.writeUInt32BE(((0x8003 << 16) | type) >>> 0, 0)
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4)
  return Buffer.concat([head, payload])
}

function dataFrame(id: number, payload: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(FRAME_HEADER)
  head.writeUInt32BE(id, 0)
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4)
  return Buffer.concat([head, payload])
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}
