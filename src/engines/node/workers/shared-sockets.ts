// The listening sockets of all workers: bound once, here, and held as long as the model names them. A worker gets a duplicate of the same socket, so the
// kernel gives each connection to a worker that is waiting, and those that arrive while one is being replaced wait in the socket's queue.
import net, { isIP } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { type Place, placeKey } from './messages.ts'

/** A bound socket as `subprocess.send` and `server.listen` take it. */
export interface SocketHandle {
  getsockname(name: { port?: number }): number
  close(): void
}

export class SharedSockets {
  private readonly handles = new Map<string, SocketHandle>()
  /** Those of `handles` on which a worker has listened: from then on they take connections, even while no worker is there. */
  private readonly listened = new WeakSet<SocketHandle>()
  private wanted: ReadonlySet<string> = new Set()

  /** The places of the newest model: sockets at others are closed. */
  keepOnly(places: Iterable<Place>): void {
    this.wanted = new Set([...places].map(({ host, port }) => placeKey(host, port)))
    for (const [key, handle] of this.handles) {
      if (this.wanted.has(key)) continue
      handle.close()
      this.handles.delete(key)
    }
  }

  /** The socket at a place, bound now if it is not yet; or why it cannot be, in the words of the system. */
  open({ host, port }: Place): { readonly handle: SocketHandle } | { readonly error: string } {
    const key = placeKey(host, port)
    const known = this.handles.get(key)
    if (known !== undefined) return { handle: known }
    // Asked for by a worker that has not heard of the newest model yet.
    if (!this.wanted.has(key)) return { error: 'the address is in use no more' }
    const bound = bind(host, port)
    if ('handle' in bound) this.handles.set(key, bound.handle)
    return bound
  }

  /** Forgets a socket that cannot be listened on: the next that asks gets another. */
  drop({ host, port }: Place): void {
    const key = placeKey(host, port)
    this.handles.get(key)?.close()
    this.handles.delete(key)
  }

  listening({ host, port }: Place): void {
    const handle = this.handles.get(placeKey(host, port))
    if (handle !== undefined) this.listened.add(handle)
  }

  isListening({ host, port }: Place): boolean {
    const handle = this.handles.get(placeKey(host, port))
    return handle !== undefined && this.listened.has(handle)
  }
}

/** A server of ours would accept what it is to share. This only binds; it is what node:cluster shares sockets with. */
const { _createServerHandle: createHandle } = net as unknown as {
  readonly _createServerHandle: (host: string, port: number, family: 4 | 6) => SocketHandle | number
}

function bind(host: string, port: number): { readonly handle: SocketHandle } | { readonly error: string } {
  const refused = (code: string) => ({ error: `listen ${code}: ${host}:${port}` })
  const handle = createHandle(host, port, isIP(host) === 6 ? 6 : 4)
  if (typeof handle === 'number') return refused(getSystemErrorName(handle))
  // libuv keeps EADDRINUSE back until `listen`; until then the socket has no port.
  const name: { port?: number } = {}
  handle.getsockname(name)
  if (port !== 0 && name.port !== port) {
    handle.close()
    return refused('EADDRINUSE')
  }
  return { handle }
}
