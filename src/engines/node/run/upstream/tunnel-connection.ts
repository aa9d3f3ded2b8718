// A raw connection to an upstream that carries the bytes of a CONNECT request.
import type { Socket } from 'node:net'
import { HeaderBlock } from '../http/headers/header-block.ts'
import type { ResponseSink, UpstreamStream } from '../http/messages.ts'
import { writeCopy } from '../slab.ts'
import { transportReason } from './dial.ts'
import type { UpstreamConnection, UpstreamRequest } from './upstream-request.ts'

const HIGH_WATER = 128 * 1024

export class TunnelConnection implements UpstreamConnection, UpstreamStream {
  readonly localAddress: string
  readonly reused = false
  private readonly socket: Socket
  private sink: ResponseSink | undefined

  constructor(socket: Socket) {
    this.socket = socket
    this.localAddress = `${socket.localAddress}:${socket.localPort}`
  }

  /** The answer to CONNECT is that the connection is there. */
  start(
    _request: UpstreamRequest,
    first: Buffer | undefined,
    _ended: boolean,
    sink: ResponseSink,
  ): UpstreamStream {
    const { socket } = this
    this.sink = sink
    socket.on('data', (chunk: Buffer) => this.sink?.responseData(chunk))
    socket.on('end', () => this.end())
    socket.on('close', () => this.end())
    socket.on('drain', () => this.sink?.upstreamReady())
    socket.on('error', (error) => {
      const { sink: listening } = this
      this.sink = undefined
      const transport = transportReason(error, 'encrypted' in socket)
      listening?.upstreamFailed({
        flag: 'UC',
        reason: 'connection termination',
        transport,
        beforeRequest: false,
      })
    })
    sink.responseHead(
      { status: 200, headers: new HeaderBlock(), body: 'tunnel', length: 0 },
      undefined,
      false,
    )
    if (first !== undefined) this.send(first)
    return this
  }

  send(chunk: Buffer): boolean {
    writeCopy(this.socket, chunk)
    return this.socket.writableLength <= HIGH_WATER
  }

  finish(): void {
    this.socket.end()
  }

  cancel(): void {
    this.sink = undefined
    this.socket.destroy()
  }

  pauseResponse(): void {
    this.socket.pause()
  }

  resumeResponse(): void {
    this.socket.resume()
  }

  private end(): void {
    const { sink } = this
    this.sink = undefined
    sink?.responseEnd(undefined)
    this.socket.destroySoon()
  }
}
