// A filter chain with an HTTP manager at run time: its plan is swapped under its connections, which go on.
import type { ManagerPlan } from '../lower/manager.ts'
import type { Expiring, Sweeper } from './clock.ts'
import type { ProxyServices } from './proxy-services.ts'

/** A connection that a chain looks after. */
export interface ChainConnection extends Expiring {
  drain(): void
  destroy(): void
}

export class HttpChain {
  plan: ManagerPlan
  readonly services: ProxyServices
  private readonly connections = new Set<ChainConnection>()
  private readonly sweeper: Sweeper

  constructor(plan: ManagerPlan, services: ProxyServices) {
    this.plan = plan
    this.services = services
    this.sweeper = services.sweeper
  }

  add(connection: ChainConnection): void {
    this.connections.add(connection)
    this.sweeper.add(connection)
  }

  delete(connection: ChainConnection): void {
    this.connections.delete(connection)
    this.sweeper.delete(connection)
  }

  get size(): number {
    return this.connections.size
  }

  drain(): void {
    for (const connection of this.connections) connection.drain()
  }

  destroy(): void {
    for (const connection of this.connections) connection.destroy()
  }
}
