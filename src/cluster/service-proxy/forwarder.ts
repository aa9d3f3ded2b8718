// Listens at one place and forwards connections to its endpoints, round robin, with half-close.
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Locate } from '../addresses/locate.ts'
import type { Backend, Front } from './backends.ts'

const CONNECT_TIMEOUT_MS = 10_000
const RETRY_LISTEN_MS = 500

export interface ForwarderOptions {
  readonly locate: Locate
  /** The place is busy; it is tried again until it is free or not wanted any more. */
  readonly busy: (front: Front, error: Error) => void
}

/** One listener. Changing its endpoints affects new connections only; closing it leaves open ones to end by themselves. */
export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #server: Server
  readonly #connections = new Set<Socket>()
  readonly #affinity = new Map<string, { readonly backend: Backend; readonly until: number }>()
  #front: Front
  #next = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #told = false

  constructor(front: Front, options: ForwarderOptions) {
    this.#front = front
    this.#options = options
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#forward(client))
    this.#server.on('error', (error) => this.#failed(error))
    this.#listen()
  }

  update(front: Front): void {
    this.#front = front
  }

  /** Resolves when nothing listens any more. */
  close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    return new Promise((resolve) => {
      if (!this.#server.listening) resolve()
      // The callback of close() waits for connections; the socket itself is free at once.
      this.#server.close()
      setImmediate(resolve)
    })
  }

  /** Cuts every connection: the cluster goes down. */
  destroy(): void {
    for (const socket of this.#connections) socket.destroy()
  }

  #listen(): void {
    const { address, port } = this.#front
    this.#server.listen({ ...this.#options.locate(address, port), exclusive: true })
  }

  #failed(error: Error): void {
    if (this.#closed) return
    if (!this.#told) this.#options.busy(this.#front, error)
    this.#told = true
    this.#timer = setTimeout(() => this.#listen(), RETRY_LISTEN_MS)
  }

  #forward(client: Socket): void {
    this.#track(client)
    this.#connect(client, this.#candidates(client.remoteAddress ?? ''))
  }

  /** Endpoints in the order in which they are tried: the next in turn (or the client's own) first. */
  #candidates(client: string): Backend[] {
    const { backends, affinityMs } = this.#front
    const start = this.#next++ % Math.max(1, backends.length)
    const turn = [...backends.slice(start), ...backends.slice(0, start)]
    if (affinityMs === undefined) return turn
    const now = Date.now()
    const known = this.#affinity.get(client)
    const usual =
      known && known.until > now
        ? turn.find((one) => one.address === known.backend.address && one.port === known.backend.port)
        : undefined
    const chosen = usual ?? turn[0]
    if (chosen) this.#affinity.set(client, { backend: chosen, until: now + affinityMs })
    return chosen ? [chosen, ...turn.filter((one) => one !== chosen)] : turn
  }

  #connect(client: Socket, candidates: readonly Backend[]): void {
    const [backend, ...others] = candidates
    if (!backend) {
      client.resetAndDestroy()
      return
    }
    const place = this.#options.locate(backend.address, backend.port)
    const upstream = connect({ ...place, allowHalfOpen: true, noDelay: true })
    this.#track(upstream)
    const giveUp = () => {
      upstream.destroy()
      if (!client.destroyed) this.#connect(client, others)
    }
    upstream.setTimeout(CONNECT_TIMEOUT_MS, giveUp)
    upstream.once('error', giveUp)
    client.once('close', () => upstream.destroy())
    upstream.once('connect', () => {
      upstream.setTimeout(0)
      upstream.off('error', giveUp)
      // A reset on one side is a reset on the other.
      upstream.once('error', () => client.resetAndDestroy())
      client.once('error', () => upstream.resetAndDestroy())
      upstream.once('close', () => client.destroy())
      client.pipe(upstream)
      upstream.pipe(client)
    })
  }

  #track(socket: Socket): void {
    this.#connections.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => this.#connections.delete(socket))
  }
}
