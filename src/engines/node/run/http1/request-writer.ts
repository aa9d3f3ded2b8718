// Requests onto a connection to an upstream: as text, or in parts where the other end is in this process.
import type { HeaderBlock } from '../http/headers/header-block.ts'
import { lastChunk, writeMessage } from './message-text.ts'
import { MessageWriter } from './message-writer.ts'

/** What of a request goes on the wire. */
export interface OutgoingRequest {
  readonly method: string
  /** In the form that the request line has. */
  readonly target: string
  readonly headers: HeaderBlock
  readonly body: 'none' | 'length' | 'stream'
  readonly upgrade: string | undefined
}

/** Writes the requests of one connection, one after another. */
export class RequestWriter extends MessageWriter {
  /** Writes the head with the first of its body; `ended`: that is all of it. */
  start(request: OutgoingRequest, first: Buffer | undefined, ended: boolean): void {
    const { method, target, headers, body, upgrade } = request
    this.chunked = body === 'stream'
    if (ended && this.handOver(request, first)) return
    let head = `${method} ${target} HTTP/1.1${headers.toLines()}`
    if (upgrade !== undefined) head += `\r\nconnection: upgrade\r\nupgrade: ${upgrade}`
    if (this.chunked) head += '\r\ntransfer-encoding: chunked'
    writeMessage(this.socket, head, this.chunked, first, ended)
  }

  /** Ends a body of unknown length. */
  finish(trailers: HeaderBlock | undefined): void {
    if (this.chunked) this.socket.write(lastChunk(trailers))
  }

  /** Gives a whole request to the other end in its parts, where that is in this process. */
  private handOver(
    { method, target, headers, body, upgrade }: OutgoingRequest,
    first: Buffer | undefined,
  ): boolean {
    const { memory } = this
    if (memory === undefined || body === 'stream' || upgrade !== undefined) return false
    if (!memory.letter.request(method, target, headers, first)) return false
    memory.socket.write(memory.letter)
    return true
  }
}
