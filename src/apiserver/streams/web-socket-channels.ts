// vN.channel.k8s.io: several streams in one WebSocket, told apart by the first byte of each message.
import { PassThrough, type Readable, Writable } from 'node:stream'
import type { WebSocket } from './web-socket.ts'

/** In version 5: the message `255, CHANNEL` ends a channel. */
const CLOSE_CHANNEL = 255

export interface Channels {
  /** What the client sends in a channel; to be called before anything arrives, that is at once. */
  readable(channel: number): Readable
  writable(channel: number): Writable
}

/** What comes in channels that nobody reads is dropped. */
export function webSocketChannels(socket: WebSocket): Channels {
  const inputs = new Map<number, PassThrough>()
  socket.on('data', (message: Buffer) => {
    const [channel = 0, closed = 0] = message
    if (channel === CLOSE_CHANNEL) {
      inputs.get(closed)?.end()
      return
    }
    const input = inputs.get(channel)
    if (!input || input.writableEnded || message.length < 2 || input.write(message.subarray(1))) return
    socket.pause()
    input.once('drain', () => socket.resume())
  })
  const end = (): void => {
    for (const input of inputs.values()) input.end()
  }
  socket.on('end', end)
  socket.on('close', end)
  return {
    readable(channel) {
      const input = new PassThrough()
      inputs.set(channel, input)
      return input
    },
    writable: (channel) =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (socket.destroyed || socket.writableEnded) done()
          else socket.write(Buffer.concat([Buffer.from([channel]), chunk]), () => done())
        },
      }),
  }
}
