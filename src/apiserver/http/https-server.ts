// The socket side: TLS with optional client certificates, HTTP/1.1, one handler.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServerTls } from '../server-options.ts'

/** Go's clients keep connections for 90 s; a server that closes earlier makes their next request fail now and then. */
const KEEP_ALIVE_MS = 120_000

export interface Listening {
  readonly port: number
  setTls(tls: ServerTls): void
  /** Stops accepting and closes every connection. */
  close(): Promise<void>
}

/** Resolves once connections are accepted. Rejects when the address is busy or the certificate does not fit its key. */
export async function listen(
  address: { readonly host: string; readonly port: number },
  tls: ServerTls,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Listening> {
  const server = createServer(
    {
      ...secure(tls),
      // A certificate that is not believed is answered with 401, which says more than a failed handshake.
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    handler,
  )
  server.on('upgrade', upgrade)
  await bind(server, address)
  return {
    port: (server.address() as AddressInfo).port,
    setTls: (next) => server.setSecureContext(secure(next)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        // Streams were told to end; what does not end by itself is cut.
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

function secure({ cert, key, clientCa }: ServerTls): { cert: string; key: string; ca: string } {
  return { cert, key, ca: clientCa }
}

function bind(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 511 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
