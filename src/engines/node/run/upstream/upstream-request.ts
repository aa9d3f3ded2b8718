// A request as it leaves for an upstream, and the connections that can carry one.
import type { HeaderBlock } from '../http/headers/header-block.ts'
import type { ResponseSink, UpstreamStream } from '../http/messages.ts'

export interface UpstreamRequest {
  readonly method: string
  readonly scheme: string
  readonly authority: string
  /** Path and query. */
  readonly target: string
  /** End-to-end fields, Host among them; Content-Length stays when the length is known. */
  readonly headers: HeaderBlock
  readonly body: 'none' | 'length' | 'stream'
  readonly upgrade: string | undefined
  /** Longest silence of the upstream, ms; 0: none. */
  readonly readTimeoutMs: number
}

/** A connection that can carry requests. */
export interface UpstreamConnection {
  /** `address:port` of this end. */
  readonly localAddress: string
  /** It carried a request before. */
  readonly reused: boolean
  /** Sends a request with the first of its body. The sink hears of the response, or of one failure. */
  start(
    request: UpstreamRequest,
    first: Buffer | undefined,
    ended: boolean,
    sink: ResponseSink,
  ): UpstreamStream
}
