// What the HTTP/1.1 codec needs of a connection: a net.Socket has it, and a connection inside this process.

export interface ByteSocket {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Bytes written that the other end has not taken yet. */
  readonly writableLength: number
  /** True when the bytes go through TLS. */
  readonly encrypted: boolean
  /** Text is latin1: one character, one byte. */
  write(text: string): unknown
  /** Writes latin1 text, bytes that are valid during the call, and text, in one piece. */
  writeCopied(head: string, body: Buffer, tail: string): unknown
  end(): unknown
  destroy(): unknown
  destroySoon(): unknown
  resetAndDestroy(): unknown
  pause(): unknown
  resume(): unknown
  on(event: 'end' | 'close' | 'drain', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}
