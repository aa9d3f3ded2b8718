// The HTTP/1.1 connections to one endpoint with one TLS identity. Last in, first out, so that few connections stay warm.
import type { Socket } from 'node:net'
import { monotonic, type Sweeper } from '../clock.ts'
import type { UpstreamFailure } from '../http/messages.ts'
import type { MemorySocket } from '../joined/memory-socket.ts'
import { TurnSocket } from '../turn-socket.ts'
import { type DialFailure, type DialRequest, dial } from './dial.ts'
import { type ConnectionOwner, Http1Connection } from './http1-connection.ts'
import type { UpstreamConnection } from './upstream-request.ts'

/** Who waits for a connection. Hears one of the two, unless it asked to be forgotten. */
export interface PoolWaiter {
  connected(connection: UpstreamConnection): void
  connectFailed(failure: UpstreamFailure): void
}

/** Connections to one endpoint, whatever they speak. */
export interface Pool {
  /** A connection that can take a request now. */
  take(): UpstreamConnection | undefined
  /** Waits for a connection: a new one, or one that has room before it. */
  wait(waiter: PoolWaiter): void
  forget(waiter: PoolWaiter): void
  /** Requests that wait for a connection. */
  readonly pending: number
  /** Connections that are open and carry nothing. */
  readonly idle: number
  /** Opens no more and keeps none: requests in flight end as they will. */
  drain(): void
  /** Closes everything. */
  destroy(): void
}

/** What the pool may do; read at each use, so that a change of the cluster counts at once. */
export interface PoolRules {
  readonly dial: DialRequest
  readonly idleTimeoutMs: number
  readonly maxIdle: number
  readonly maxRequestsPerConnection: number
  readonly maxConnectionDurationMs: number
}

/** Connections inside this process, where both ends are in it. */
export interface Joining {
  join(request: DialRequest): { readonly socket: MemorySocket; readonly until: number } | undefined
  /** True when the next connection would be joined. */
  joins(request: DialRequest): boolean
  /** The request as it is to be dialled over a socket. */
  reach(request: DialRequest): DialRequest
  /** A connection over a socket has opened; its handshake comes. */
  dialing(request: DialRequest, socket: Socket): void
  /** A handshake over a socket that this end found good. */
  handshakeDialed(request: DialRequest, socket: Socket, until: number): void
}

/** Counts of a cluster that its pools share. */
export interface ConnectionBudget {
  /** True when one more connection may be opened; counts it. The `first` of a pool may always be: no other could ever serve those who wait for it. */
  open(first: boolean): boolean
  closed(): void
}

export class EndpointPool implements Pool, ConnectionOwner {
  rules: PoolRules
  private readonly budget: ConnectionBudget
  private readonly sweeper: Sweeper
  private readonly idleConnections: Http1Connection[] = []
  private readonly all = new Set<Http1Connection>()
  private readonly waiters: PoolWaiter[] = []
  private readonly dialing = new Set<() => void>()
  private readonly joining: Joining | undefined
  private draining = false

  constructor(rules: PoolRules, budget: ConnectionBudget, sweeper: Sweeper, joining?: Joining) {
    this.joining = joining
    this.rules = rules
    this.budget = budget
    this.sweeper = sweeper
  }

  take(): UpstreamConnection | undefined {
    let connection = this.idleConnections.pop()
    while (connection !== undefined && this.tooOld(connection)) {
      connection.close()
      connection = this.idleConnections.pop()
    }
    return connection
  }

  wait(waiter: PoolWaiter): void {
    this.waiters.push(waiter)
    if (this.dialing.size < this.waiters.length) this.grow()
  }

  forget(waiter: PoolWaiter): void {
    const index = this.waiters.indexOf(waiter)
    if (index >= 0) this.waiters.splice(index, 1)
  }

  get idle(): number {
    return this.idleConnections.length
  }

  get pending(): number {
    return this.waiters.length
  }

  get size(): number {
    return this.all.size + this.dialing.size
  }

  freed(connection: Http1Connection): void {
    const { maxRequestsPerConnection, idleTimeoutMs, maxIdle } = this.rules
    const spent =
      this.draining ||
      (maxRequestsPerConnection > 0 && connection.requests >= maxRequestsPerConnection) ||
      (this.joining !== undefined && this.outlived(connection)) ||
      this.tooOld(connection)
    if (spent) {
      connection.retire()
      return
    }
    if (this.waiters.length === 0 && (idleTimeoutMs === 0 || this.idleConnections.length >= maxIdle)) {
      connection.retire()
      return
    }
    connection.deadline = this.sweeper.after(idleTimeoutMs)
    this.idleConnections.push(connection)
    // Whoever waits gets it once the response that has just ended was dealt with.
    if (this.waiters.length > 0) queueMicrotask(() => this.serve())
  }

  closed(connection: Http1Connection): void {
    if (!this.all.delete(connection)) return
    this.budget.closed()
    const index = this.idleConnections.indexOf(connection)
    if (index >= 0) this.idleConnections.splice(index, 1)
    if (this.waiters.length > this.dialing.size) this.grow()
  }

  drain(): void {
    this.draining = true
    for (const connection of this.idleConnections.splice(0)) connection.close()
  }

  destroy(): void {
    this.draining = true
    for (const cancel of this.dialing) cancel()
    this.dialing.clear()
    for (const connection of this.all) connection.close()
  }

  private opened(connection: Http1Connection): void {
    this.all.add(connection)
    const waiter = this.waiters.shift()
    if (waiter === undefined) this.freed(connection)
    else waiter.connected(connection)
  }

  private tooOld({ openedAt }: Http1Connection): boolean {
    const { maxConnectionDurationMs: longest } = this.rules
    return longest > 0 && monotonic() - openedAt >= longest
  }

  /** A joined connection whose certificates have ended, or one over a socket that the next would not need. */
  private outlived(connection: Http1Connection): boolean {
    if (connection.joined) return Date.now() >= connection.until
    return this.joining?.joins(this.rules.dial) === true
  }

  private serve(): void {
    while (this.waiters.length > 0) {
      const connection = this.idleConnections.pop()
      if (connection === undefined) return
      connection.deadline = 0
      this.waiters.shift()?.connected(connection)
    }
  }

  private grow(): void {
    // At the limit: the waiter gets the next connection that becomes free.
    if (!this.budget.open(this.all.size + this.dialing.size === 0)) return
    const joined = this.joining?.join(this.rules.dial)
    if (joined !== undefined) {
      const { socket, until } = joined
      const connection = new Http1Connection(socket, this, this.sweeper, until)
      queueMicrotask(() => this.opened(connection))
      return
    }
    let connection: Http1Connection | undefined
    const cancel = dial(
      this.joining?.reach(this.rules.dial) ?? this.rules.dial,
      {
        opened: (socket) => this.joining?.dialing(this.rules.dial, socket),
        connected: (socket, until) => {
          this.dialing.delete(cancel)
          this.joining?.handshakeDialed(this.rules.dial, socket, until)
          connection = new Http1Connection(new TurnSocket(socket), this, this.sweeper)
          this.opened(connection)
        },
        dialFailed: (failure) => {
          this.dialing.delete(cancel)
          this.budget.closed()
          this.waiters.shift()?.connectFailed(asUpstreamFailure(failure))
        },
      },
      (chunk) => connection?.read(chunk),
    )
    this.dialing.add(cancel)
  }
}

function asUpstreamFailure({ reason, transport }: DialFailure): UpstreamFailure {
  return { flag: 'UF', reason, ...(transport === '' ? {} : { transport }), beforeRequest: true }
}
