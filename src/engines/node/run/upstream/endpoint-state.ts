// One endpoint of a cluster at run time: its connections, its load, its health.
import type { Endpoint } from '../../../../ir/cluster.ts'
import type { Candidate } from './candidate.ts'
import type { Pool } from './endpoint-pool.ts'

export class EndpointState implements Candidate {
  source: Endpoint
  readonly key: string
  active = 0
  ejections = 0
  consecutive5xx = 0
  consecutiveGatewayErrors = 0
  /** By protocol, TLS identity and name. */
  readonly pools = new Map<string, Pool>()
  /** So few of its priority are sound that all are used (Envoy's panic mode). */
  panic = false
  /** Told when it becomes sound or stops being so. */
  onHealth: (() => void) | undefined
  private checked = true
  private ejectionEnd = 0

  constructor(source: Endpoint) {
    this.source = source
    this.key = `${source.address}:${source.port}`
  }

  get weight(): number {
    return this.source.weight ?? 1
  }

  get priority(): number {
    return this.source.priority ?? 0
  }

  /** By active health checks; absent checks leave it true. */
  get passing(): boolean {
    return this.checked
  }

  set passing(passing: boolean) {
    if (passing === this.checked) return
    this.checked = passing
    this.onHealth?.()
  }

  /** Until when outlier detection keeps it out, ms; 0: it does not. */
  get ejectedUntil(): number {
    return this.ejectionEnd
  }

  set ejectedUntil(end: number) {
    if (end === this.ejectionEnd) return
    this.ejectionEnd = end
    this.onHealth?.()
  }

  get usable(): boolean {
    return this.panic || this.sound
  }

  /** By the model, its checks and outlier detection. */
  get sound(): boolean {
    return this.source.healthy && this.checked && this.ejectionEnd === 0
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
