// What every request of a proxy may use.
import type { HttpManager } from '../../../ir/listener.ts'
import type { RateLimitPlan } from '../lower/filters/rate-limit.ts'
import type { Sweeper } from './clock.ts'
import type { Limiter } from './http/filters/limiter.ts'
import type { HttpDate } from './http/headers/http-date.ts'
import type { RequestContext } from './http/request-context.ts'
import type { TcpRecord } from './tcp/tcp-record.ts'
import type { ClusterState } from './upstream/cluster-state.ts'

export interface ProxyServices {
  readonly proxyId: string
  readonly sweeper: Sweeper
  readonly date: HttpDate
  readonly random: () => number
  readonly counters: { active: number }
  cluster(name: string): ClusterState | undefined
  /** The token buckets of a rate limit. */
  limiter(plan: RateLimitPlan): Limiter
  /** Counts and logs a request that is over. */
  finished(context: RequestContext, manager: HttpManager): void
  tcpOpened(record: TcpRecord): void
  tcpFinished(record: TcpRecord): void
}
