// A request of the proxy's own over one of its clusters, with the answer: its TLS, limits and health count here as for any request.
import type { HeaderBlock } from '../http/headers/header-block.ts'
import type { ResponseHead, ResponseSink, UpstreamFailure, UpstreamStream } from '../http/messages.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Pool, PoolWaiter } from './endpoint-pool.ts'
import type { EndpointState } from './endpoint-state.ts'
import type { UpstreamConnection, UpstreamRequest } from './upstream-request.ts'

export interface SideAnswer {
  readonly status: number
  readonly headers: HeaderBlock
  readonly body: Buffer
  readonly trailers: HeaderBlock | undefined
}

export interface SideRequestOptions {
  readonly cluster: ClusterState
  readonly request: UpstreamRequest
  readonly body: Buffer | undefined
  readonly timeoutMs: number
  /** Longer answers are failures. Absent: the body of the answer is let go. */
  readonly maxBytes?: number
  /** Heard once: the answer, or why there is none. */
  readonly done: (answer: SideAnswer | { readonly failure: string }) => void
}

/** No client stands behind it. */
const NOBODY = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** Sends it. The function that comes back gives up; `done` then hears nothing. */
export function sendSideRequest(options: SideRequestOptions): () => void {
  const sent = new SideRequest(options)
  sent.start()
  return () => sent.cancel()
}

class SideRequest implements ResponseSink, PoolWaiter {
  private readonly options: SideRequestOptions
  private endpoint: EndpointState | undefined
  private pool: Pool | undefined
  private stream: UpstreamStream | undefined
  private timer: NodeJS.Timeout | undefined
  private head: { readonly status: number; readonly headers: HeaderBlock } | undefined
  private parts: Buffer[] = []
  private length = 0
  private over = false

  constructor(options: SideRequestOptions) {
    this.options = options
  }

  start(): void {
    const { cluster, request } = this.options
    const endpoint = cluster.pick(undefined, undefined, request.authority)
    if (cluster.refusal !== undefined) this.fail(cluster.refusal)
    else if (endpoint === undefined) this.fail('it has no healthy endpoint')
    else if (!cluster.admit()) this.fail('its cluster is at its limit of requests')
    else this.sendTo(endpoint)
  }

  private sendTo(endpoint: EndpointState): void {
    const { cluster, request, timeoutMs } = this.options
    this.endpoint = endpoint
    endpoint.active++
    this.timer = setTimeout(() => this.giveUp('no answer in time'), timeoutMs)
    this.timer.unref()
    const host = request.authority.replace(/:\d+$/, '')
    const http2 = cluster.source.protocol === 'http2'
    this.pool = cluster.pool(endpoint, { host, client: NOBODY, http2 })
    const connection = this.pool.take()
    if (connection === undefined) this.pool.wait(this)
    else this.connected(connection)
  }

  cancel(): void {
    if (this.over) return
    this.pool?.forget(this)
    this.stream?.cancel()
    this.close()
  }

  connected(connection: UpstreamConnection): void {
    this.pool = undefined
    const { request, body } = this.options
    this.stream = connection.start(request, body, true, this)
  }

  connectFailed(failure: UpstreamFailure): void {
    this.upstreamFailed(failure)
  }

  interim(): void {}

  responseHead({ status, headers }: ResponseHead, first: Buffer | undefined, ended: boolean): void {
    // The codec uses its block again for the next message.
    this.head = { status, headers: headers.copy() }
    if (first !== undefined) this.responseData(first)
    if (ended) this.responseEnd()
  }

  responseData(chunk: Buffer): void {
    const { maxBytes } = this.options
    if (this.over || maxBytes === undefined) return
    this.length += chunk.length
    if (this.length > maxBytes) this.giveUp('the answer is too long')
    else this.parts.push(Buffer.from(chunk))
  }

  responseEnd(trailers?: HeaderBlock): void {
    if (this.over || this.head === undefined) return
    const answer = { ...this.head, body: Buffer.concat(this.parts), trailers: trailers?.copy() }
    this.close()
    this.options.done(answer)
  }

  upstreamFailed({ reason, transport }: UpstreamFailure): void {
    this.fail(transport === undefined ? reason : `${reason}: ${transport}`)
  }

  upstreamReady(): void {}

  private giveUp(failure: string): void {
    this.pool?.forget(this)
    this.stream?.cancel()
    this.fail(failure)
  }

  private fail(failure: string): void {
    if (this.over) return
    this.close()
    this.options.done({ failure })
  }

  private close(): void {
    this.over = true
    clearTimeout(this.timer)
    this.stream = undefined
    if (this.endpoint === undefined) return
    this.options.cluster.requests--
    this.endpoint.active--
  }
}
