// Counts the messages of a gRPC stream: each is a flag byte, a length of four bytes and that many bytes (gRPC over HTTP/2, Length-Prefixed-Message).

const HEADER = 5

export class GrpcMessages {
  count = 0
  /** Bytes of the present message that are still to come. */
  private left = 0
  /** Of the next header: bytes that have come, and the length that they give. */
  private headed = 0
  private length = 0

  add(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.left > 0) {
        const step = Math.min(this.left, chunk.length - at)
        this.left -= step
        at += step
        continue
      }
      if (this.headed > 0) this.length = this.length * 256 + (chunk[at] as number)
      at++
      this.headed++
      if (this.headed < HEADER) continue
      this.count++
      this.left = this.length
      this.headed = 0
      this.length = 0
    }
  }
}
