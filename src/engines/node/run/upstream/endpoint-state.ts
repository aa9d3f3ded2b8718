// One endpoint of a cluster at run time: its connections, its load, its health.
import type { Endpoint } from '../../../../ir/cluster.ts'
import type { Candidate } from './candidate.ts'
import type { Pool } from './endpoint-pool.ts'

export class EndpointState implements Candidate {
  source: Endpoint
  readonly key: string
  active = 0
  /** By active health checks; absent checks leave it true. */
  passing = true
  /** Until when outlier detection keeps it out, ms; 0: it does not. */
  ejectedUntil = 0
  ejections = 0
  consecutive5xx = 0
  consecutiveGatewayErrors = 0
  /** By protocol, TLS identity and name. */
  readonly pools = new Map<string, Pool>()

  constructor(source: Endpoint) {
    this.source = source
    this.key = `${source.address}:${source.port}`
  }

  get weight(): number {
    return this.source.weight ?? 1
  }

  /** So few of the cluster are healthy that all are used (Envoy's panic mode). */
  panic = false

  get usable(): boolean {
    return this.panic || this.sound
  }

  /** By the model, its checks and outlier detection. */
  get sound(): boolean {
    return this.source.healthy && this.passing && this.ejectedUntil === 0
  }

  /** Lets go of the pool that was made first. */
  drainOldest(): void {
    for (const [key, pool] of this.pools) {
      this.pools.delete(key)
      pool.drain()
      return
    }
  }

  drain(): void {
    for (const pool of this.pools.values()) pool.drain()
    this.pools.clear()
  }

  destroy(): void {
    for (const pool of this.pools.values()) pool.destroy()
    this.pools.clear()
  }
}
