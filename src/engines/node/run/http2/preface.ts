// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a plaintext connection.
import type { Socket } from 'node:net'
import type { ChainConnection, HttpChain } from '../http-chain.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Reads until the first bytes are told apart, puts them back and says which it is, with the socket paused. Until then the chain looks after the connection. */
export class PrefacePeek implements ChainConnection {
  deadline = 0
  private readonly socket: Socket
  private readonly chain: HttpChain
  private readonly decided: (http2: boolean) => void
  private seen: Buffer | undefined

  constructor(socket: Socket, chain: HttpChain, decided: (http2: boolean) => void) {
    this.socket = socket
    this.chain = chain
    this.decided = decided
    socket.on('data', this.data)
    socket.on('end', this.ended)
    socket.on('close', this.leave)
    chain.add(this)
    this.arm(chain.plan.manager.limits.idleTimeoutMs)
    socket.resume()
  }

  /** Nothing was asked for yet. */
  drain(): void {
    this.destroy()
  }

  destroy(): void {
    this.leave()
    this.socket.destroy()
  }

  expire(): void {
    this.destroy()
  }

  private readonly data = (chunk: Buffer): void => {
    if (this.seen === undefined) this.arm(this.chain.plan.manager.limits.requestHeadersTimeoutMs)
    const seen = this.seen === undefined ? chunk : Buffer.concat([this.seen, chunk])
    this.seen = seen
    const length = Math.min(seen.length, PREFACE.length)
    const same = PREFACE.subarray(0, length).equals(seen.subarray(0, length))
    if (same && seen.length < PREFACE.length) return
    this.leave()
    this.socket.pause()
    this.socket.unshift(seen)
    this.decided(same)
  }

  private readonly ended = (): void => this.destroy()

  private readonly leave = (): void => {
    const { socket } = this
    socket.off('data', this.data)
    socket.off('end', this.ended)
    socket.off('close', this.leave)
    this.chain.delete(this)
  }

  private arm(ms: number): void {
    this.deadline = this.chain.services.sweeper.after(ms)
  }
}
