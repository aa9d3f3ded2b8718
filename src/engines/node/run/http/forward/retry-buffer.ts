// The body of a request as far as it is needed later: held while there is no connection, kept for another try (Envoy's retry buffer).
import type { Downstream, UpstreamStream } from '../messages.ts'

/** Bytes after which no more is kept for another try, and a client whose request waits for a connection has to wait too. */
const LIMIT = 64 * 1024

export class RetryBuffer {
  /** Some of the body was sent and is gone: no other try. */
  lost = false
  private readonly downstream: Downstream
  /** Another try may be made, so that what was sent is worth keeping. */
  private readonly resends: boolean
  private parts: Buffer[] = []
  private length = 0
  /** The client was asked to wait. */
  private paused = false

  constructor(downstream: Downstream, resends: boolean) {
    this.downstream = downstream
    this.resends = resends
  }

  /** Keeps what cannot be sent yet; when that is enough the client has to wait. */
  hold(chunk: Buffer): void {
    this.keep(chunk)
    if (this.length > LIMIT) this.pause()
  }

  /** Sends more of the body, as fast as the upstream takes it. */
  send(chunk: Buffer, stream: UpstreamStream): void {
    this.sent(chunk)
    if (!stream.send(chunk)) this.pause()
  }

  /** Keeps what is being sent, as long as another try may need it and it is not too much. */
  sent(chunk: Buffer): void {
    if (this.lost) return
    if (this.resends && this.length + chunk.length <= LIMIT) this.keep(chunk)
    else this.drop()
  }

  /** All that has come, for a try that begins. What no other try may need is let go. */
  release(): Buffer | undefined {
    const { parts } = this
    const body = parts.length > 1 ? Buffer.concat(parts) : parts[0]
    if (!this.resends) this.drop()
    return body
  }

  /** The client may go on, if it was asked to wait. */
  resume(): void {
    if (!this.paused) return
    this.paused = false
    this.downstream.resumeRequest()
  }

  private pause(): void {
    this.paused = true
    this.downstream.pauseRequest()
  }

  private keep(chunk: Buffer): void {
    this.parts.push(Buffer.from(chunk))
    this.length += chunk.length
  }

  private drop(): void {
    this.lost = true
    this.parts = []
  }
}
