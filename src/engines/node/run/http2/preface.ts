// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a plaintext connection.
import type { Socket } from 'node:net'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Reads until the first bytes are told apart, puts them back and says which it is. The socket is left paused. */
export function peekHttp2Preface(socket: Socket, decided: (http2: boolean) => void): void {
  let seen: Buffer | undefined
  const onData = (chunk: Buffer): void => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, PREFACE.length)
    const same = PREFACE.subarray(0, length).equals(seen.subarray(0, length))
    if (same && seen.length < PREFACE.length) return
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.pause()
    socket.unshift(seen)
    decided(same)
  }
  const onEnd = (): void => {
    socket.off('data', onData)
    socket.destroy()
  }
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.resume()
}
