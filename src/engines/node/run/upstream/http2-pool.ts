// The HTTP/2 connections to one endpoint with one TLS identity: one, and more when its streams are used up.
import type { TLSSocket } from 'node:tls'
import { monotonic, type Sweeper } from '../clock.ts'
import type { UpstreamFailure } from '../http/messages.ts'
import { dial } from './dial.ts'
import type { ConnectionBudget, Pool, PoolRules, PoolWaiter } from './endpoint-pool.ts'
import { Http2Connection, type Http2Owner } from './http2-connection.ts'
import type { UpstreamConnection } from './upstream-request.ts'

export class Http2Pool implements Pool, Http2Owner {
  private readonly rules: PoolRules
  private readonly budget: ConnectionBudget
  private readonly sweeper: Sweeper
  private readonly connections = new Set<Http2Connection>()
  private readonly waiters: PoolWaiter[] = []
  private cancelDial: (() => void) | undefined
  private draining = false

  constructor(rules: PoolRules, budget: ConnectionBudget, sweeper: Sweeper) {
    this.rules = rules
    this.budget = budget
    this.sweeper = sweeper
  }

  take(): UpstreamConnection | undefined {
    for (const connection of this.connections) {
      if (connection.leaving || connection.active >= connection.capacity) continue
      if (!this.spent(connection)) return connection
      connection.drain()
    }
    return undefined
  }

  wait(waiter: PoolWaiter): void {
    this.waiters.push(waiter)
    this.grow()
  }

  forget(waiter: PoolWaiter): void {
    const index = this.waiters.indexOf(waiter)
    if (index >= 0) this.waiters.splice(index, 1)
  }

  freed(): void {
    if (this.waiters.length > 0) queueMicrotask(() => this.serve())
  }

  closed(connection: Http2Connection): void {
    if (!this.connections.delete(connection)) return
    this.budget.closed()
    if (this.waiters.length > 0) this.grow()
  }

  drain(): void {
    this.draining = true
    for (const connection of this.connections) connection.drain()
  }

  destroy(): void {
    this.draining = true
    if (this.cancelDial !== undefined) {
      this.cancelDial()
      this.budget.closed()
    }
    for (const connection of this.connections) connection.close()
  }

  get idle(): number {
    return [...this.connections].filter(({ active }) => active === 0).length
  }

  get pending(): number {
    return this.waiters.length
  }

  private spent({ requests, openedAt }: Http2Connection): boolean {
    const { maxRequestsPerConnection: most, maxConnectionDurationMs: longest } = this.rules
    return (most > 0 && requests >= most) || (longest > 0 && monotonic() - openedAt >= longest)
  }

  private serve(): void {
    while (this.waiters.length > 0) {
      const connection = this.take()
      if (connection === undefined) {
        this.grow()
        return
      }
      this.waiters.shift()?.connected(connection)
    }
  }

  private grow(): void {
    if (this.cancelDial !== undefined) return
    if (!this.budget.open(this.connections.size === 0)) return
    this.cancelDial = dial(this.rules.dial, {
      connected: (socket) => {
        this.cancelDial = undefined
        const protocol = (socket as Partial<TLSSocket>).alpnProtocol
        if (typeof protocol === 'string' && protocol !== 'h2') {
          socket.destroy()
          this.budget.closed()
          const transport = `upstream chose ${protocol}, not HTTP/2`
          this.failAll({ flag: 'UF', reason: 'remote connection failure', transport, beforeRequest: true })
          return
        }
        const connection = new Http2Connection(socket, this, this.sweeper, this.rules.idleTimeoutMs)
        this.connections.add(connection)
        this.serve()
        if (this.draining) connection.drain()
      },
      dialFailed: ({ reason, transport }) => {
        this.cancelDial = undefined
        this.budget.closed()
        this.failAll({ flag: 'UF', reason, ...(transport === '' ? {} : { transport }), beforeRequest: true })
      },
    })
  }

  /** All wait for the same connection, so all hear of its failure. */
  private failAll(failure: UpstreamFailure): void {
    for (const waiter of this.waiters.splice(0)) waiter.connectFailed(failure)
  }
}
