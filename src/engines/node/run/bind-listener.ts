// One bound address of a listener: accepts, looks at the first bytes, and hands the connection to its chain.
import { createServer, type Server, type Socket } from 'node:net'
import type { Bind } from '../../../ir/listener.ts'
import type { Locate } from '../../engine.ts'
import type { Peek } from '../lower/chain-match.ts'
import type { ListenerState } from './listener-state.ts'
import { inspectClientHello } from './tls/client-hello.ts'

/** How long a client may take to say what it speaks, ms (Istio's listener filters timeout). */
const INSPECT_TIMEOUT_MS = 15_000
const BACKLOG = 4096
const PLAINTEXT: Peek = { transport: 'plaintext', alpn: [] }

export class BindListener {
  readonly bind: Bind
  state: 'starting' | 'listening' | 'failed' | 'closed' = 'starting'
  private readonly owner: ListenerState
  private readonly locate: Locate
  private server: Server | undefined
  private readonly inspecting = new Set<Socket>()

  constructor(bind: Bind, owner: ListenerState, locate: Locate) {
    this.bind = bind
    this.owner = owner
    this.locate = locate
  }

  /** Binds; resolves with the error text when it cannot. */
  open(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.accept(socket))
      const { host, port } = this.locate(this.bind.address, this.bind.port)
      server.once('error', (error) => {
        this.state = 'failed'
        resolve(error.message)
      })
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.removeAllListeners('error')
        // Out of file descriptors and the like: the listener goes on.
        server.on('error', () => {})
        if (this.state === 'closed') {
          server.close()
          resolve(undefined)
          return
        }
        this.server = server
        this.state = 'listening'
        resolve(undefined)
      })
    })
  }

  /** Stops accepting. Connections go on. */
  close(): void {
    this.state = 'closed'
    this.server?.close()
    for (const socket of this.inspecting) socket.destroy()
  }

  private accept(socket: Socket): void {
    socket.on('error', () => {})
    if (!this.owner.needsInspection) {
      this.owner.handle(socket, this.bind, PLAINTEXT)
      return
    }
    this.inspecting.add(socket)
    let seen: Buffer | undefined
    const timer = setTimeout(() => socket.destroy(), INSPECT_TIMEOUT_MS)
    const done = (): void => {
      clearTimeout(timer)
      this.inspecting.delete(socket)
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', done)
    }
    const onData = (chunk: Buffer): void => {
      seen = seen === undefined ? chunk : Buffer.concat([seen, chunk])
      const found = inspectClientHello(seen)
      if (found.kind === 'more') return
      done()
      if (found.kind === 'invalid') {
        socket.destroy()
        return
      }
      socket.pause()
      socket.unshift(seen)
      this.owner.handle(socket, this.bind, found.kind === 'plaintext' ? PLAINTEXT : asPeek(found))
    }
    const onEnd = (): void => {
      done()
      socket.destroy()
    }
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', done)
  }
}

function asPeek({
  serverName,
  alpn,
}: {
  readonly serverName?: string
  readonly alpn: readonly string[]
}): Peek {
  return serverName === undefined ? { transport: 'tls', alpn } : { transport: 'tls', serverName, alpn }
}
