// One connection to an endpoint: TCP, the PROXY header when asked for, TLS with verification.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Addresses } from '../client-connection.ts'
import type { ByteReader } from '../joined/memory-socket.ts'
import { writeProxyHeader } from '../tcp/proxy-protocol.ts'
import type { ClientTls } from './client-tls.ts'

export interface DialRequest {
  readonly host: string
  readonly port: number
  /** Both, as one text that is made once. */
  readonly place: string
  readonly connectTimeoutMs: number
  readonly tls: ClientTls | undefined
  /** Host of the request, without port: for SNI and name checks that follow it. */
  readonly requestHost: string
  /** Overrides the ALPN of the TLS settings. */
  readonly alpn?: readonly string[]
  /** Tells the upstream who the client is, before anything else. */
  readonly proxyProtocol?: 'v1' | 'v2'
  /** The client's connection that is told of. Absent: nobody in particular. */
  readonly source?: Addresses
}

/** Names a place to connect to. */
export function placeOf(host: string, port: number): string {
  return `${host}|${port}`
}

/** Why there is no connection. */
export interface DialFailure {
  /** Envoy's reset reason. */
  readonly reason: 'remote connection failure' | 'connection timeout'
  readonly transport: string
}

export interface DialWaiter {
  /** TLS begins, on a connection that is open now. */
  opened?(socket: Socket): void
  /** `until`: when the certificate that the server showed ends, ms since the epoch. */
  connected(socket: Socket | TLSSocket, until: number): void
  dialFailed(failure: DialFailure): void
}

// Reads are taken in one place at a time (the callback runs inside the read), so all upstream sockets share one buffer.
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Connects; the waiter hears exactly one of `connected` and `dialFailed`, unless the returned function cancels first. With `read`, bytes go to it and no
 * `data` event is emitted; the socket's other events are as usual.
 */
export function dial(request: DialRequest, waiter: DialWaiter, read?: ByteReader): () => void {
  const { host, port, tls } = request
  const preamble = preambleOf(request)
  const onread =
    read === undefined
      ? {}
      : {
          onread: {
            buffer: READ_BUFFER,
            callback: (bytes: number) => {
              read(READ_BUFFER.subarray(0, bytes))
              return true
            },
          },
        }
  const name = tls?.serverName(request.requestHost)
  const sessionKey = `${host}|${port}|${request.requestHost}`
  const resumed = tls?.session(sessionKey)
  const alpn = request.alpn ?? tls?.settings.alpn ?? []
  const tlsOptions = tls && {
    secureContext: tls.context,
    // Verified by `refuse`, before the first byte of a request is written.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(name === undefined || isIP(name) !== 0 ? {} : { servername: name }),
    ...(resumed === undefined ? {} : { session: resumed.session }),
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
  }

  let raw: Socket | undefined
  let socket: Socket
  if (tlsOptions === undefined) {
    socket = connect(Object.assign({ host, port, noDelay: true }, onread))
  } else if (preamble === undefined) {
    socket = connectTls(Object.assign({ host, port, ...tlsOptions }, onread))
  } else {
    raw = connect({ host, port, noDelay: true })
    raw.write(preamble)
    socket = connectTls({ ...tlsOptions, socket: raw })
    if (read !== undefined) socket.on('data', read)
  }

  let settled = false
  const timer =
    request.connectTimeoutMs > 0
      ? setTimeout(() => fail({ reason: 'connection timeout', transport: '' }), request.connectTimeoutMs)
      : undefined
  const settle = (): boolean => {
    if (settled) return false
    settled = true
    clearTimeout(timer)
    socket.off('error', onError)
    socket.off('close', onClose)
    return true
  }
  const fail = (failure: DialFailure): void => {
    if (!settle()) return
    tls?.forgetSession(sessionKey)
    socket.on('error', () => {})
    socket.destroy()
    raw?.destroy()
    waiter.dialFailed(failure)
  }
  const onError = (error: NodeJS.ErrnoException): void => {
    fail({ reason: 'remote connection failure', transport: transportReason(error, tls !== undefined) })
  }
  const onClose = (): void => {
    const transport =
      tls === undefined ? 'connection closed' : 'TLS error: connection closed in the handshake'
    fail({ reason: 'remote connection failure', transport })
  }
  socket.on('error', onError)
  socket.on('close', onClose)
  if (tls === undefined) {
    socket.once('connect', () => {
      if (!settle()) return
      if (preamble !== undefined) socket.write(preamble)
      waiter.connected(socket, Number.POSITIVE_INFINITY)
    })
  } else {
    const secure = socket as TLSSocket
    // node:tls does not hand `noDelay` on: a body behind its head would wait for the peer's delayed acknowledgement.
    secure.once('connect', () => {
      secure.setNoDelay(true)
      waiter.opened?.(secure)
    })
    secure.once('secureConnect', () => {
      const peer = tls.peer(secure, resumed)
      const refusal = tls.refuse(secure, peer, request.requestHost)
      if (refusal === undefined) {
        secure.on('session', (session) => tls.keepSession(sessionKey, { session, peer }))
      }
      if (refusal !== undefined) {
        fail({ reason: 'remote connection failure', transport: `TLS error: ${refusal}` })
      } else if (settle()) waiter.connected(socket, peer?.notAfter ?? Number.POSITIVE_INFINITY)
    })
  }
  return () => {
    if (!settle()) return
    socket.on('error', () => {})
    socket.destroy()
    raw?.destroy()
  }
}

const UNKNOWN = { address: '', port: 0 }

function preambleOf({ proxyProtocol, source }: DialRequest): Buffer | undefined {
  if (proxyProtocol === undefined) return undefined
  if (source === undefined) return writeProxyHeader(proxyProtocol, UNKNOWN, UNKNOWN)
  return writeProxyHeader(
    proxyProtocol,
    { address: source.remoteAddress, port: source.remotePort },
    { address: source.localAddress, port: source.localPort },
  )
}

const ERRNO: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'delayed connect error: Connection refused',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'delayed connect error: Connection timed out',
  EHOSTUNREACH: 'delayed connect error: No route to host',
  ENETUNREACH: 'immediate connect error: Network is unreachable',
}

/** What the access log says of a transport error, in Envoy's words where it has some. */
export function transportReason(error: NodeJS.ErrnoException, tls: boolean): string {
  const known = error.code === undefined ? undefined : ERRNO[error.code]
  if (known !== undefined && (!tls || error.code !== 'ECONNRESET')) return known
  if (error.code?.startsWith('ERR_SSL_') === true) {
    const reason =
      (error as { reason?: string }).reason ?? error.code.slice(8).toLowerCase().replaceAll('_', ' ')
    return `TLS error: ${reason}`
  }
  return tls ? `TLS error: ${known ?? error.message}` : (error.message.split('\n')[0] as string)
}
