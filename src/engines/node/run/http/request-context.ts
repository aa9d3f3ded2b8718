// One request as routes, policies, header values and logs see it.

import type { Claims } from '../../../../ir/jwt.ts'
import type { PeerView, RequestView } from '../../lower/request-view.ts'
import type { RoutePlan } from '../../lower/virtual-host.ts'
import type { ClientConnection } from '../client-connection.ts'
import { monotonic } from '../clock.ts'
import type { GrpcMessages } from '../metrics/grpc-messages.ts'
import type { HopSpan } from '../tracing/span.ts'
import type { RequestHead } from './messages.ts'

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

export class RequestContext implements RequestView, PeerView {
  readonly connection: ClientConnection
  readonly head: RequestHead
  readonly startedAt: number
  method: string
  /** That of the connection; in Istio's profile what the client or a proxy before this one says of it comes first. */
  scheme: string
  authority: string
  /** Path and query as the client sent them, normalised. */
  target: string
  path: string
  query: string
  /** Path and query as the upstream gets them. */
  upstreamTarget: string
  clientAddress: string
  claims: Claims | undefined
  requestId = ''
  route: RoutePlan | undefined
  routeName: string | undefined
  clusterName: string | undefined
  /** `address:port` of the endpoint used last. */
  upstreamHost: string | undefined
  upstreamLocal: string | undefined
  attempts = 0
  /** Response flags in order of occurrence. */
  flags = ''
  details = ''
  transportFailure: string | undefined
  status = 0
  upstreamStatus = 0
  /** Of a gRPC response, from its trailers or head. */
  grpcStatus: string | undefined
  /** Messages of a gRPC call, both ways. */
  grpc: { readonly request: GrpcMessages; readonly response: GrpcMessages } | undefined
  bytesReceived = 0
  bytesSent = 0
  /** Milliseconds at which the upstream's head came, and at which a connection to it was there. */
  responseAt = 0
  connectedAt = 0
  attemptAt = 0
  /** When it was over; 0 before. */
  endedAt = 0
  /** Undefined: the manager does not trace. */
  span: HopSpan | undefined

  constructor(connection: ClientConnection, head: RequestHead, target: string, now: number) {
    this.connection = connection
    this.head = head
    this.startedAt = now
    this.method = head.method
    this.scheme = connection.tls === undefined ? 'http' : 'https'
    this.authority = head.authority
    this.target = target
    const question = target.indexOf('?')
    this.path = question < 0 ? target : target.slice(0, question)
    this.query = question < 0 ? '' : target.slice(question + 1)
    this.upstreamTarget = target
    this.clientAddress = connection.remoteAddress
  }

  /** The request is for another path and query from now on. */
  retarget(target: string): void {
    this.target = target
    this.upstreamTarget = target
    const question = target.indexOf('?')
    this.path = question < 0 ? target : target.slice(0, question)
    this.query = question < 0 ? '' : target.slice(question + 1)
  }

  /** It does no harm when it comes twice (RFC 9110 section 9.2.2). */
  get idempotent(): boolean {
    return IDEMPOTENT.has(this.method)
  }

  /** Counts some of the request's body. */
  received(chunk: Buffer): void {
    this.bytesReceived += chunk.length
    this.grpc?.request.add(chunk)
  }

  /** Counts some of the response's body. */
  sent(chunk: Buffer): void {
    this.bytesSent += chunk.length
    this.grpc?.response.add(chunk)
  }

  /** Wall clock at the start, ms. */
  get startTime(): number {
    return Date.now() - (monotonic() - this.startedAt)
  }

  header(name: string): string | undefined {
    return this.head.headers.get(name)
  }

  headerLines(name: string): readonly string[] {
    return this.head.headers.valuesOf(name)
  }

  get principal(): string | undefined {
    return this.connection.principal
  }
  get sni(): string | undefined {
    return this.connection.serverName
  }
  get sourceAddress(): string {
    return this.connection.remoteAddress
  }
  get destinationAddress(): string {
    return this.connection.localAddress
  }
  get destinationPort(): number {
    return this.connection.localPort
  }

  flag(flag: string): void {
    this.flags = this.flags === '' ? flag : `${this.flags},${flag}`
  }
}
