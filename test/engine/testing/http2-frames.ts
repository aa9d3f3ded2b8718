// HTTP/2 frame by frame, for clients that do what node:http2 would not (RFC 9113 sections 4 to 6, RFC 7541).
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export const Frame = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const Flag = { ack: 1, endStream: 1, endHeaders: 4 } as const
export const ENHANCE_YOUR_CALM = 11

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export interface ReceivedFrame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One setting: identifier and value. */
export function setting(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), uint32(value)])
}

/** An integer of RFC 7541 section 5.1 behind `high` bits. */
function prefixed(value: number, bits: number, high: number): Buffer {
  const most = 2 ** bits - 1
  if (value < most) return Buffer.from([high | value])
  const bytes = [high | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([prefixed(bytes.length, 7, 0), bytes])
}

/** Literal fields, neither indexed nor compressed; `indexed` puts them into the dynamic table. */
export function fields(list: readonly (readonly [string, string])[], indexed = false): Buffer {
  return Buffer.concat(
    list.flatMap(([name, value]) => [Buffer.from([indexed ? 0x40 : 0]), text(name), text(value)]),
  )
}

/** A field out of the tables by its index. */
export function byIndex(index: number): Buffer {
  return prefixed(index, 7, 0x80)
}

export function request(
  path = '/',
  method = 'GET',
  rest: readonly (readonly [string, string])[] = [],
): Buffer {
  return fields([
    [':method', method],
    [':scheme', 'http'],
    [':authority', 'a.test'],
    [':path', path],
    ...rest,
  ])
}

/** One end of a connection that sends any bytes and notes every frame that comes. */
export class FramePeer {
  readonly socket: Socket
  readonly frames: ReceivedFrame[] = []
  closed = false
  private rest: Buffer
  private skip: number
  private waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []

  /** `skip`: bytes that come before the first frame. */
  constructor(socket: Socket, skip = 0) {
    this.socket = socket
    this.skip = skip
    this.rest = Buffer.alloc(0)
    this.socket.on('data', (chunk: Buffer) => this.read(chunk))
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.closed = true
      this.look()
    })
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** The first frame that is what was asked for; undefined once the connection is closed without one. */
  async frame(matches: (one: ReceivedFrame) => boolean): Promise<ReceivedFrame | undefined> {
    await this.until(() => this.closed || this.frames.some(matches))
    return this.frames.find(matches)
  }

  async end(): Promise<void> {
    await this.until(() => this.closed)
  }

  /** The error code of the GOAWAY that came, if one did. */
  get goaway(): number | undefined {
    return this.frames.find(({ type }) => type === Frame.goaway)?.payload.readUInt32BE(4)
  }

  private until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ done, resolve })
      this.look()
    })
  }

  private read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk])
    const skipped = Math.min(this.skip, this.rest.length)
    this.skip -= skipped
    this.rest = this.rest.subarray(skipped)
    while (this.rest.length >= 9) {
      const length = this.rest.readUIntBE(0, 3)
      if (this.rest.length < 9 + length) break
      this.frames.push({
        type: this.rest[3] as number,
        flags: this.rest[4] as number,
        stream: this.rest.readUInt32BE(5),
        payload: this.rest.subarray(9, 9 + length),
      })
      this.rest = this.rest.subarray(9 + length)
    }
    this.look()
  }

  private look(): void {
    const ready = this.waiting.filter(({ done }) => done())
    this.waiting = this.waiting.filter((one) => !ready.includes(one))
    for (const { resolve } of ready) resolve()
  }
}

export class FrameClient extends FramePeer {
  constructor(port: number) {
    super(connect(port, '127.0.0.1'))
    onTestFinished(() => void this.socket.destroy())
    this.socket.write(Buffer.concat([PREFACE, frame(Frame.settings, 0, 0)]))
  }
}

/** The server end of an accepted connection. */
export function frameServer(socket: Socket): FramePeer {
  socket.write(Buffer.concat([frame(Frame.settings, 0, 0), frame(Frame.settings, Flag.ack, 0)]))
  return new FramePeer(socket, PREFACE.length)
}
