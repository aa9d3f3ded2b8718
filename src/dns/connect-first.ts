// Connects to the first of several places that accepts.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connected socket, half-open allowed; rejects with the last error when no place accepts. Aborting destroys the attempt. */
export async function connectFirst(
  places: readonly { readonly host: string; readonly port: number }[],
  signal: AbortSignal,
): Promise<Socket> {
  let last: unknown = new Error('no address')
  for (const { host, port } of places) {
    signal.throwIfAborted()
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    try {
      await once(socket, 'connect', { signal })
      return socket
    } catch (error) {
      socket.destroy()
      last = error
    }
  }
  throw last
}
