// Requests and responses as the codecs hand them to each other: the same for HTTP/1 and HTTP/2.
import type { HeaderBlock } from './headers/header-block.ts'

export interface RequestHead {
  readonly method: string
  /** What the client says of it: by :scheme, or by a target in absolute form. */
  readonly scheme: 'http' | 'https' | undefined
  /** Host or :authority as sent, port included; empty when an HTTP/1.0 client sent none. */
  readonly authority: string
  /** Path and query as sent; `*` for OPTIONS *; empty for CONNECT. */
  readonly path: string
  readonly version: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2'
  /** Holds Host as a field, whichever version it came by. */
  readonly headers: HeaderBlock
  /** `stream`: a body of unknown length. */
  readonly body: 'none' | 'length' | 'stream'
  readonly length: number
  /** The protocol that the client asks to change to. */
  readonly upgrade: string | undefined
  readonly expectContinue: boolean
  /** The client takes trailers (TE: trailers). */
  readonly acceptsTrailers: boolean
}

export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderBlock
  /** `none`: no body at all; `head`: none because it answers HEAD, Content-Length may still be told. */
  readonly body: 'none' | 'length' | 'stream' | 'tunnel'
  readonly length: number
}

/**
 * The client's side of one request. Every Buffer that is handed over is valid during the call only: whoever keeps it, copies it.
 */
export interface Downstream {
  /** Starts the response, with the first of its body. False: the client is slow, wait for `clientReady`. */
  respond(head: ResponseHead, first: Buffer | undefined, ended: boolean): boolean
  send(chunk: Buffer): boolean
  finish(trailers: HeaderBlock | undefined): void
  /** 100, 103 and the like. */
  inform(status: number, headers: HeaderBlock | undefined): void
  /** Cuts the response off: the client must see that it is not whole. */
  abort(): void
  /** Stops and restarts the request body. */
  pauseRequest(): void
  resumeRequest(): void
}

/** What the exchange hears from the client. */
export interface RequestSink {
  requestData(chunk: Buffer): void
  requestEnd(trailers: HeaderBlock | undefined): void
  /** The client went away, or broke the protocol (`protocolError`). */
  clientGone(protocolError?: string): void
  clientReady(): void
}

/** What the exchange hears from the upstream. */
export interface ResponseSink {
  /** 1xx but 101. */
  interim(status: number, headers: HeaderBlock): void
  responseHead(head: ResponseHead, first: Buffer | undefined, ended: boolean): void
  responseData(chunk: Buffer): void
  responseEnd(trailers: HeaderBlock | undefined): void
  upstreamFailed(failure: UpstreamFailure): void
  upstreamReady(): void
}

/** Why an attempt failed, in Envoy's terms. */
export interface UpstreamFailure {
  /** Response flag. */
  readonly flag: 'UF' | 'UC' | 'UR' | 'UPE' | 'UT' | 'UO' | 'UH' | 'SI'
  /** Envoy's reset reason: `connection termination`, `remote connection failure`, `protocol error`, `overflow`. */
  readonly reason: string
  /** What the transport said: an errno text or a TLS error. */
  readonly transport?: string
  /** No byte of the request was given to a connection that was known to be alive: sending it again is safe. */
  readonly beforeRequest: boolean
}

/** A request in flight at an upstream. */
export interface UpstreamStream {
  /** False: the upstream is slow, wait for `upstreamReady`. */
  send(chunk: Buffer): boolean
  finish(trailers: HeaderBlock | undefined): void
  /** Gives up; the sink hears nothing more. */
  cancel(): void
  pauseResponse(): void
  resumeResponse(): void
}
