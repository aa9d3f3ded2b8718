// The proxy that the environment of `sallyport run` points at: unmodified clients reach the cluster's names on standard ports through it.
import { once } from 'node:events'
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connectFirst } from './connect-first.ts'
import { forward } from './forward.ts'
import { type ProxyScope, proxyTarget, splitAuthority } from './proxy-target.ts'

export interface ConnectProxy {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Starts the proxy on `host` and `port` (0: any free one). Tunnels stay byte streams: TLS inside is end to end. */
export async function startConnectProxy(
  options: ProxyScope & { readonly host: string; readonly port: number },
): Promise<ConnectProxy> {
  const sockets = new Set<Duplex>()
  const track = (socket: Duplex) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer({ requestTimeout: 0 }, (request, response) =>
    forward(options, request, response),
  )
  server.on('connection', track)
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    tunnel(options, request, client, head, track).catch((error: unknown) => client.destroy(error as Error))
  })
  // A client that speaks something else gets a plain 400 and is cut off.
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    else socket.destroy()
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return {
    host: options.host,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function tunnel(
  scope: ProxyScope,
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  track: (socket: Duplex) => void,
): Promise<void> {
  client.on('error', () => client.destroy())
  const authority = splitAuthority(request.url ?? '')
  if (authority === undefined) {
    refuse(client, 400, 'CONNECT needs host:port')
    return
  }
  const target = proxyTarget(scope, authority.host, authority.port)
  if ('status' in target) {
    refuse(client, target.status, target.reason)
    return
  }
  const attempt = new AbortController()
  const gone = () => attempt.abort()
  client.on('close', gone)
  let upstream: Socket
  try {
    upstream = await connectFirst(target.places, attempt.signal)
  } catch (error) {
    refuse(
      client,
      502,
      `${request.url} cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
    )
    return
  } finally {
    client.off('close', gone)
  }
  track(upstream)
  client.write('HTTP/1.1 200 Connection established\r\n\r\n')
  if (head.length > 0) upstream.write(head)
  join(client, upstream)
}

/** With a reset, so that the other side cannot take it for the end of the data. */
function abort(stream: Duplex): void {
  if (stream instanceof Socket && !stream.destroyed) stream.resetAndDestroy()
  else stream.destroy()
}

/** Two byte streams as one: end is passed on as end (half-close), an abort as an abort, and a slow reader slows the writer. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => abort(to))
    from.on('close', () => {
      if (!from.readableEnded) abort(to)
    })
    from.pipe(to)
  }
}

/** The reason stands in the status line too: curl shows that, not the body, when a tunnel is refused. */
function refuse(client: Duplex, status: number, reason: string): void {
  if (!client.writable) {
    client.destroy()
    return
  }
  const line = reason.replace(/[^\x20-\x7e]/g, '?')
  const body = `${STATUS_CODES[status]}: ${reason}\n`
  client.end(
    `HTTP/1.1 ${status} ${line}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
