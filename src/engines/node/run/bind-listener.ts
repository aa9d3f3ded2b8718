// One bound address of a listener: accepts, looks at the first bytes, and hands the connection to its chain.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Bind, Listener } from '../../../ir/listener.ts'
import type { Locate } from '../../engine.ts'
import type { Peek } from '../lower/chain-match.ts'
import type { JoinableChain, JoinableListener, JoinRegistry } from './joined/join-registry.ts'
import { readProxyHeader } from './tcp/proxy-protocol.ts'
import { inspectClientHello } from './tls/client-hello.ts'

/** How long a client may take to say what it speaks, ms (Istio's listener filters timeout). */
const INSPECT_TIMEOUT_MS = 15_000
const BACKLOG = 4096
const PLAINTEXT: Peek = { transport: 'plaintext', alpn: [] }

/** Whom a PROXY protocol header names. */
export interface Client {
  readonly address: string
  readonly port: number
}

/** Who gets the connections. */
export interface ConnectionTaker {
  readonly source: Listener
  /** What comes first decides; without it a connection is handed over at once. */
  readonly needsInspection: boolean
  /** Takes a connection whose first bytes were peeked at and put back. */
  handle(socket: Socket, bind: Bind, peek: Peek, client: Client | undefined): void
  /** The chain that such a connection would get. */
  chainFor(peek: Peek): JoinableChain | undefined
}

/** Has a server listen; it emits `listening` or `error`. */
export type Listen = (server: Server, host: string, port: number, backlog: number) => void

const listenHere: Listen = (server, host, port, backlog) => void server.listen({ host, port, backlog })

export class BindListener implements JoinableListener {
  readonly bind: Bind
  state: 'starting' | 'listening' | 'failed' | 'closed' = 'starting'
  private readonly owner: ConnectionTaker
  private readonly locate: Locate
  private readonly joins: JoinRegistry | undefined
  private readonly listen: Listen
  door: JoinableListener['door']
  private server: Server | undefined
  private doorServer: Server | undefined
  private readonly inspecting = new Set<Socket>()

  constructor(
    bind: Bind,
    owner: ConnectionTaker,
    locate: Locate,
    joins?: JoinRegistry,
    listen: Listen = listenHere,
  ) {
    this.joins = joins
    this.listen = listen
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
        // A newer model may have closed it while it waited for its socket: that it did not get one is nobody's problem.
        if (this.state === 'closed') return resolve(undefined)
        this.state = 'failed'
        resolve(error.message)
      })
      server.once('listening', () => {
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
        const ready = (): void => {
          this.joins?.listening(host, port, this)
          resolve(undefined)
        }
        if (this.joins === undefined || this.listen === listenHere) ready()
        else this.openDoor(ready)
      })
      this.listen(server, host, port, BACKLOG)
    })
  }

  /** Stops accepting. Connections go on. */
  close(): void {
    this.state = 'closed'
    this.server?.close()
    this.doorServer?.close()
    const { host, port } = this.locate(this.bind.address, this.bind.port)
    this.joins?.closed(host, port, this)
    for (const socket of this.inspecting) socket.destroy()
  }

  get wantsProxyHeader(): boolean {
    return this.owner.source.proxyProtocol === true
  }

  chainFor(peek: Peek): JoinableChain | undefined {
    return this.owner.chainFor(peek)
  }

  /** Where this process alone answers, while others listen at the same address: hops that are to meet in memory must first meet on a socket of its own. */
  private openDoor(ready: () => void): void {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.accept(socket))
    this.doorServer = server
    // Without it the shared socket may lead to another process, where nothing is learned.
    server.on('error', ready)
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { address, port } = server.address() as AddressInfo
      this.door = { host: address, port }
      ready()
    })
  }

  private accept(socket: Socket): void {
    socket.on('error', () => {})
    const { owner, bind } = this
    const expectsHeader = owner.source.proxyProtocol === true
    if (!owner.needsInspection && !expectsHeader) {
      owner.handle(socket, bind, PLAINTEXT, undefined)
      return
    }
    let client: Client | undefined
    let headerDone = !expectsHeader
    const decide = (seen: Buffer): Decision | undefined => {
      let bytes = seen
      if (!headerDone) {
        const header = readProxyHeader(bytes)
        if (header === 'more') return undefined
        if (header === 'invalid') {
          socket.destroy()
          return undefined
        }
        headerDone = true
        client = header.source
        bytes = bytes.subarray(header.length)
        if (!owner.needsInspection) {
          return { rest: bytes, next: () => owner.handle(socket, bind, PLAINTEXT, client) }
        }
        if (bytes.length === 0) return { rest: bytes, next: undefined }
      }
      const found = inspectClientHello(bytes)
      if (found.kind === 'more') return { rest: bytes, next: undefined }
      if (found.kind === 'invalid') {
        socket.destroy()
        return undefined
      }
      const peek = found.kind === 'plaintext' ? PLAINTEXT : asPeek(found)
      return { rest: bytes, next: () => owner.handle(socket, bind, peek, client) }
    }
    this.peek(socket, decide, () => {
      if (headerDone) owner.handle(socket, bind, PLAINTEXT, client)
      else socket.destroy()
    })
  }

  /** Collects the first bytes until `decide` knows what to do with them; then they are put back and the socket handed on. */
  private peek(socket: Socket, decide: (seen: Buffer) => Decision | undefined, silent: () => void): void {
    this.inspecting.add(socket)
    let seen: Buffer | undefined
    // Who says nothing may wait for the server to speak first: taken as plaintext, as Envoy does.
    const timer = setTimeout(() => {
      done()
      socket.pause()
      if (seen !== undefined) socket.unshift(seen)
      silent()
    }, INSPECT_TIMEOUT_MS)
    const done = (): void => {
      clearTimeout(timer)
      this.inspecting.delete(socket)
      socket.off('data', onData)
      socket.off('end', onEnd)
      socket.off('close', done)
    }
    const onData = (chunk: Buffer): void => {
      seen = seen === undefined ? chunk : Buffer.concat([seen, chunk])
      const decision = decide(seen)
      if (decision === undefined) return
      seen = decision.rest
      if (decision.next === undefined) return
      done()
      socket.pause()
      if (seen.length > 0) socket.unshift(seen)
      decision.next()
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

/** What to do with the first bytes: `rest` stays before what comes; without `next` more are needed. */
interface Decision {
  readonly rest: Buffer
  readonly next: (() => void) | undefined
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
