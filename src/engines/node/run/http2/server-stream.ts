// One request on an HTTP/2 connection of a client.
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { ClientConnection } from '../client-connection.ts'
import { Exchange } from '../http/exchange.ts'
import type { HeaderBlock } from '../http/header-block.ts'
import { Known } from '../http/known-headers.ts'
import type { Downstream, RequestHead, ResponseHead } from '../http/messages.ts'
import type { HttpChain } from '../http-chain.ts'
import { parseContentLength } from '../http1/request-head.ts'
import { blockOf, blockOfTrailers, fieldsOf } from './header-fields.ts'

const HIGH_WATER = 128 * 1024

export class Http2ServerStream implements Downstream {
  private readonly stream: ServerHttp2Stream
  private readonly exchange: Exchange
  private readonly touch: () => void
  private trailers: HeaderBlock | undefined
  private requestTrailers: HeaderBlock | undefined
  private responded = false
  private requestEnded = false
  private slow = false
  private over = false

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    endStream: boolean,
    connection: ClientConnection,
    chain: HttpChain,
    touch: () => void,
  ) {
    this.stream = stream
    this.touch = touch
    const head = requestHead(headers, raw, endStream, connection)
    this.exchange = new Exchange(chain.services, chain.plan, connection, this, head)
    this.listen(endStream)
    if (head.method === 'CONNECT' && chain.plan.manager.forwardProxy !== true) {
      this.exchange.refuse({ status: 405, details: 'http2.connect_refused' })
    } else if (head.headers.has(Known.contentLength) && head.length < 0) {
      this.exchange.refuse({ status: 400, details: 'http2.bad_content_length' })
    } else this.exchange.begin(undefined, endStream)
  }

  respond(head: ResponseHead, first: Buffer | undefined, ended: boolean): boolean {
    const { stream } = this
    this.responded = true
    if (stream.destroyed) return true
    const fields = fieldsOf(head.headers, 'keep')
    fields[':status'] = head.status
    const empty = ended && first === undefined
    stream.respond(fields, { endStream: empty, waitForTrailers: !empty })
    if (first !== undefined) stream.write(Buffer.from(first))
    if (ended) this.end()
    this.touch()
    return this.ready()
  }

  send(chunk: Buffer): boolean {
    if (this.stream.destroyed) return true
    this.stream.write(Buffer.from(chunk))
    this.touch()
    return this.ready()
  }

  finish(trailers: HeaderBlock | undefined): void {
    this.trailers = trailers
    this.end()
  }

  inform(status: number, headers: HeaderBlock | undefined): void {
    const { stream } = this
    if (stream.destroyed || stream.headersSent || status === 101) return
    const fields = headers === undefined ? {} : fieldsOf(headers, 'keep')
    stream.additionalHeaders({ ...fields, ':status': status })
  }

  abort(): void {
    this.over = true
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  pauseRequest(): void {
    this.stream.pause()
  }

  resumeRequest(): void {
    this.stream.resume()
  }

  /** Nothing has moved for too long. */
  expire(): void {
    this.exchange.idleTooLong()
  }

  get idleTimeoutMs(): number {
    return this.exchange.idleTimeoutMs
  }

  private listen(endStream: boolean): void {
    const { stream, exchange } = this
    stream.on('error', () => {})
    stream.on('close', () => {
      if (!this.over || !this.responded) exchange.clientGone()
    })
    stream.on('drain', () => {
      if (!this.slow) return
      this.slow = false
      exchange.clientReady()
    })
    stream.on('wantTrailers', () => {
      // Without fields this is an empty DATA frame that ends the stream.
      stream.sendTrailers(this.trailers === undefined ? {} : fieldsOf(this.trailers, 'drop'))
      // What the client still sends of its request is of no use any more (RFC 9113 section 8.1).
      if (!this.requestEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
    if (endStream) {
      this.requestEnded = true
      stream.resume()
      return
    }
    stream.on('trailers', (headers: IncomingHttpHeaders) => {
      this.requestTrailers = blockOfTrailers(headers)
    })
    stream.on('data', (chunk: Buffer) => {
      this.touch()
      exchange.requestData(chunk)
    })
    stream.on('end', () => {
      if (stream.aborted) return
      this.requestEnded = true
      exchange.requestEnd(this.requestTrailers)
    })
  }

  private end(): void {
    this.over = true
    const { stream } = this
    if (!stream.destroyed) stream.end()
  }

  private ready(): boolean {
    if (this.stream.writableLength <= HIGH_WATER) return true
    this.slow = true
    return false
  }
}

function requestHead(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  endStream: boolean,
  connection: ClientConnection,
): RequestHead {
  const block = blockOf(raw)
  const authority = headers[':authority'] ?? block.known(Known.host) ?? ''
  if (authority !== '') block.setKnown(Known.host, 'host', authority)
  const given = block.known(Known.contentLength)
  const length = given === undefined ? -1 : (parseContentLength(given) ?? -1)
  return {
    method: headers[':method'] ?? 'GET',
    scheme: connection.tls === undefined ? 'http' : 'https',
    authority,
    path: headers[':path'] ?? '',
    version: 'HTTP/2',
    headers: block,
    body: endStream ? 'none' : length >= 0 ? 'length' : 'stream',
    length: endStream && given === undefined ? 0 : length,
    upgrade: undefined,
    expectContinue: block.known(Known.expect)?.toLowerCase() === '100-continue' && !endStream,
    acceptsTrailers: block.known(Known.te)?.toLowerCase() === 'trailers',
  }
}
