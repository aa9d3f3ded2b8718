// A copy of a request to another cluster: sent and forgotten, whatever comes back (Envoy request mirroring).
import type { Forward } from '../../../../../ir/route.ts'
import type { ProxyServices } from '../../proxy-services.ts'
import type { ClusterState, PoolUse } from '../../upstream/cluster-state.ts'
import type { Pool, PoolWaiter } from '../../upstream/endpoint-pool.ts'
import type { EndpointState } from '../../upstream/endpoint-state.ts'
import type { UpstreamConnection, UpstreamRequest } from '../../upstream/upstream-request.ts'
import type { ResponseSink, UpstreamStream } from '../messages.ts'

/** Bytes kept while there is no connection, or while the mirror is slow: beyond them it is given up. */
const KEEP_LIMIT = 256 * 1024

/** Starts the copies that a route asks for, with the first of the body. */
export function startMirrors(
  mirrors: NonNullable<Forward['mirrors']>,
  services: ProxyServices,
  request: UpstreamRequest,
  use: PoolUse,
  first: Buffer | undefined,
  ended: boolean,
): readonly Mirror[] {
  const started: Mirror[] = []
  for (const { cluster: name, percent } of mirrors) {
    const cluster = services.cluster(name)
    if (cluster === undefined || services.random() * 100 >= percent) continue
    const mirror = new Mirror(cluster, request)
    mirror.start(use, first, ended)
    started.push(mirror)
  }
  return started
}

/** One copy. */
export class Mirror implements ResponseSink, PoolWaiter {
  private readonly cluster: ClusterState
  private readonly request: UpstreamRequest
  private endpoint: EndpointState | undefined
  private pool: Pool | undefined
  private stream: UpstreamStream | undefined
  private kept: Buffer[] = []
  private keptBytes = 0
  private ended = false
  private over = false

  constructor(cluster: ClusterState, request: UpstreamRequest) {
    this.cluster = cluster
    this.request = { ...request, headers: request.headers.copy() }
  }

  /** Sends it, with the first of the body, if the cluster can take it. */
  start(use: PoolUse, first: Buffer | undefined, ended: boolean): void {
    this.ended = ended
    if (first !== undefined) this.keep(first)
    const endpoint = this.cluster.pick(undefined, undefined, this.request.authority)
    if (endpoint === undefined || this.cluster.refusal !== undefined || !this.cluster.admit()) {
      this.over = true
      return
    }
    this.endpoint = endpoint
    endpoint.active++
    this.pool = this.cluster.pool(endpoint, use)
    const connection = this.pool.take()
    if (connection === undefined) this.pool.wait(this)
    else this.connected(connection)
  }

  data(chunk: Buffer): void {
    if (this.over) return
    if (this.stream === undefined) this.keep(chunk)
    else if (!this.stream.send(chunk)) this.give()
    if (this.keptBytes > KEEP_LIMIT) this.give()
  }

  end(): void {
    this.ended = true
    this.stream?.finish(undefined)
  }

  connected(connection: UpstreamConnection): void {
    const body = this.kept.length === 0 ? undefined : Buffer.concat(this.kept)
    this.kept = []
    this.stream = connection.start(this.request, body, this.ended, this)
  }

  connectFailed(): void {
    this.finish()
  }
  interim(): void {}
  responseHead(_head: unknown, _first: unknown, ended: boolean): void {
    if (ended) this.finish()
  }
  responseData(): void {}
  responseEnd(): void {
    this.finish()
  }
  upstreamFailed(): void {
    this.finish()
  }
  upstreamReady(): void {}

  private keep(chunk: Buffer): void {
    this.kept.push(Buffer.from(chunk))
    this.keptBytes += chunk.length
  }

  /** A mirror that cannot keep up must not slow down the request. */
  private give(): void {
    if (this.over) return
    this.pool?.forget(this)
    this.stream?.cancel()
    this.finish()
  }

  private finish(): void {
    if (this.over) return
    this.over = true
    this.stream = undefined
    this.cluster.requests--
    if (this.endpoint !== undefined) this.endpoint.active--
  }
}
