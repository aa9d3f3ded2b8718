// One POST of spans to a collector, over the proxy's own cluster: its TLS, limits and health count here as for any request.
import type { Collector } from '../../../../ir/tracing.ts'
import { HeaderBlock } from '../http/header-block.ts'
import type { ResponseHead, ResponseSink, UpstreamFailure, UpstreamStream } from '../http/messages.ts'
import { hexId } from '../http/request-id.ts'
import type { ClusterState } from '../upstream/cluster-state.ts'
import type { Pool, PoolWaiter } from '../upstream/endpoint-pool.ts'
import type { EndpointState } from '../upstream/endpoint-state.ts'
import type { UpstreamConnection, UpstreamRequest } from '../upstream/upstream-request.ts'

/** No client stands behind it. */
const NOBODY = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** Sends a body; `done` hears once why it came to nothing, or undefined. Returns a function that gives up. */
export function postSpans(
  cluster: ClusterState | undefined,
  collector: Collector,
  body: Buffer,
  done: (failure: string | undefined) => void,
): () => void {
  if (cluster === undefined) {
    done(`there is no cluster ${collector.cluster}`)
    return () => {}
  }
  const request = new CollectorRequest(cluster, collector, body, done)
  request.start()
  return () => request.fail('given up')
}

class CollectorRequest implements ResponseSink, PoolWaiter {
  private readonly cluster: ClusterState
  private readonly collector: Collector
  private readonly body: Buffer
  private readonly done: (failure: string | undefined) => void
  private endpoint: EndpointState | undefined
  private pool: Pool | undefined
  private stream: UpstreamStream | undefined
  private timer: NodeJS.Timeout | undefined
  private status = 0
  private over = false

  constructor(
    cluster: ClusterState,
    collector: Collector,
    body: Buffer,
    done: (failure: string | undefined) => void,
  ) {
    this.cluster = cluster
    this.collector = collector
    this.body = body
    this.done = done
  }

  start(): void {
    const { cluster, collector } = this
    const endpoint = cluster.pick(undefined, undefined, collector.host)
    if (cluster.refusal !== undefined) this.finish(cluster.refusal)
    else if (endpoint === undefined) this.finish('it has no healthy endpoint')
    else if (!cluster.admit()) this.finish('its cluster is at its limit of requests')
    else this.sendTo(endpoint)
  }

  private sendTo(endpoint: EndpointState): void {
    const { cluster, collector } = this
    this.endpoint = endpoint
    endpoint.active++
    this.timer = setTimeout(() => this.fail('no answer in time'), collector.timeoutMs)
    this.timer.unref()
    const host = collector.host.replace(/:\d+$/, '')
    const http2 = cluster.source.protocol === 'http2'
    this.pool = cluster.pool(endpoint, { host, client: NOBODY, http2 })
    const connection = this.pool.take()
    if (connection === undefined) this.pool.wait(this)
    else this.connected(connection)
  }

  fail(reason: string): void {
    if (this.over) return
    this.pool?.forget(this)
    this.stream?.cancel()
    this.finish(reason)
  }

  connected(connection: UpstreamConnection): void {
    this.pool = undefined
    this.stream = connection.start(this.request(), this.body, true, this)
  }

  connectFailed(failure: UpstreamFailure): void {
    this.upstreamFailed(failure)
  }

  interim(): void {}

  responseHead(head: ResponseHead, _first: Buffer | undefined, ended: boolean): void {
    this.status = head.status
    if (ended) this.answered()
  }

  responseData(): void {}

  responseEnd(): void {
    this.answered()
  }

  upstreamFailed({ reason, transport }: UpstreamFailure): void {
    this.finish(transport === undefined ? reason : `${reason}: ${transport}`)
  }

  upstreamReady(): void {}

  private request(): UpstreamRequest {
    const { host, path, headers: own } = this.collector
    const headers = new HeaderBlock()
    headers.add('host', host)
    for (const [name, value] of own) headers.set(name, value)
    headers.set('content-type', 'application/json')
    headers.set('content-length', String(this.body.length))
    // Not sampled: the hops on the way to the collector must not make spans of the spans.
    headers.set('traceparent', `00-${hexId()}-${hexId().slice(0, 16)}-00`)
    return {
      method: 'POST',
      scheme: 'http',
      authority: host,
      target: path,
      headers,
      body: 'length',
      upgrade: undefined,
      readTimeoutMs: 0,
    }
  }

  private answered(): void {
    const { status } = this
    this.finish(status >= 200 && status < 300 ? undefined : `it answered ${status}`)
  }

  private finish(failure: string | undefined): void {
    if (this.over) return
    this.over = true
    clearTimeout(this.timer)
    this.stream = undefined
    if (this.endpoint !== undefined) {
      this.cluster.requests--
      this.endpoint.active--
    }
    this.done(failure)
  }
}
