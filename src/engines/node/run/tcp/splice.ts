// Joins two sockets: bytes both ways with back-pressure and half-close, until both sides are done.
import type { Socket } from 'node:net'

/** What went through. */
export interface Spliced {
  /** From the first socket to the second, and back. */
  readonly forth: number
  readonly back: number
  readonly error?: Error
}

/** Joins them; `done` is called once, when both are closed. Nothing moves for `idleMs` (0: no limit): both are cut. */
export function splice(one: Socket, other: Socket, idleMs: number, done: (spliced: Spliced) => void): void {
  let forth = 0
  let back = 0
  let failure: Error | undefined
  let open = 2
  const cut = (): void => {
    one.destroy()
    other.destroy()
  }
  const closed = (): void => {
    open--
    if (open === 0) done(failure === undefined ? { forth, back } : { forth, back, error: failure })
  }
  const failed = (error: Error): void => {
    failure ??= error
    cut()
  }
  one.on('data', (chunk: Buffer) => {
    forth += chunk.length
  })
  other.on('data', (chunk: Buffer) => {
    back += chunk.length
  })
  for (const socket of [one, other]) {
    socket.on('error', failed)
    socket.on('close', closed)
    if (idleMs > 0) socket.setTimeout(idleMs, cut)
  }
  // A side that closes without having said its end takes the other with it.
  one.on('close', () => other.destroySoon())
  other.on('close', () => one.destroySoon())
  one.pipe(other)
  other.pipe(one)
}
