// Responses onto a connection of a client: as text in the framing that its version takes, or in parts where the other end is in this process.
import type { HeaderBlock } from '../http/headers/header-block.ts'
import type { RequestHead, ResponseHead } from '../http/messages.ts'
import { lastChunk, statusLine, writeMessage } from './message-text.ts'
import { MessageWriter } from './message-writer.ts'

/** Writes the responses of one connection, one after another. */
export class ResponseWriter extends MessageWriter {
  /** The client can tell where the response should have ended. */
  private framed = true

  /**
   * Writes the head with the first of its body; `ended`: that is all of it. `keep`: the connection may carry another request. Returns
   * whether it still may.
   */
  start(
    head: ResponseHead,
    version: RequestHead['version'],
    first: Buffer | undefined,
    ended: boolean,
    keep: boolean,
  ): boolean {
    const old = version === 'HTTP/1.0'
    const tunnel = head.body === 'tunnel'
    this.chunked = head.body === 'stream' && !old
    // The end of the connection ends the body.
    this.framed = head.body !== 'stream' || !old
    const keepAlive = keep && !tunnel && this.framed
    if (ended && keepAlive && this.handOver(head, first)) return true
    let text = statusLine(head.status) + head.headers.toLines()
    if (this.chunked) text += '\r\ntransfer-encoding: chunked'
    if (tunnel) {
      if (head.status === 101) text += '\r\nconnection: upgrade'
    } else if (!keepAlive) text += '\r\nconnection: close'
    else if (old) text += '\r\nconnection: keep-alive'
    writeMessage(this.socket, text, this.chunked, first, ended)
    return keepAlive
  }

  /** Ends a body that was not all there at the start. */
  finish(trailers: HeaderBlock | undefined): void {
    if (this.chunked) this.socket.write(lastChunk(trailers))
  }

  /** Writes a head before the one of the response: 100, 103 and the like. */
  inform(status: number, headers: HeaderBlock | undefined): void {
    this.socket.write(`${statusLine(status)}${headers?.toLines() ?? ''}\r\n\r\n`)
  }

  /** Closes in the middle of a response, so that the client sees that it is not whole. */
  abort(encrypted: boolean): void {
    // With a length or chunks the client sees that something is missing; else only a reset tells it.
    if (this.framed || encrypted) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  /** Gives a whole response to the other end in its parts, where that is in this process and nothing of it is for the connection. */
  private handOver({ status, headers }: ResponseHead, body: Buffer | undefined): boolean {
    const { memory } = this
    if (memory === undefined || this.chunked) return false
    if (!memory.letter.response(status, headers, body)) return false
    memory.socket.write(memory.letter)
    return true
  }
}
