// Listeners that end TLS, and clients that shake hands with them.
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { FilterChain } from '../../../src/ir/listener.ts'
import type { DownstreamTls } from '../../../src/ir/tls.ts'
import type { TestBlobs, TestCertificate } from './certificates.ts'
import { testEngine } from './engine.ts'
import { freePort, listener, manager, proxy, route, table, virtualHost } from './model.ts'

/** Answers everything with this text. */
export const says = (text: string, rest = {}) =>
  manager(table(virtualHost(['*'], [route({ kind: 'direct-response', status: 200, body: text })])), rest)

/** TLS with one certificate, HTTP/1.1 only, without client certificates. */
export function serving(certificate: TestCertificate, rest: Partial<DownstreamTls> = {}): DownstreamTls {
  return { certificates: [certificate.ref], alpn: ['http/1.1'], clientCertificate: { mode: 'none' }, ...rest }
}

/** A gateway with one listener of these chains. */
export async function chains(blobs: TestBlobs, filterChains: readonly FilterChain[]) {
  const port = await freePort()
  const { use, log, engine } = testEngine(blobs)
  const apply = (next: readonly FilterChain[]) => use(proxy('gateway', [listener(port, next)], []))
  const rejected = await apply(filterChains)
  return { port, log, apply, rejected, engine }
}

/** Connects and says what came of it: the certificate's name, ALPN, or the error. */
export function handshake(
  port: number,
  options: ConnectionOptions,
): Promise<{ readonly socket: TLSSocket; readonly name: string; readonly alpn: string | false | null }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    onTestFinished(() => void socket.destroy())
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed in the handshake')))
    socket.on('secureConnect', () => {
      resolve({
        socket,
        name: String(socket.getPeerCertificate().subject?.CN ?? ''),
        alpn: socket.alpnProtocol,
      })
    })
  })
}
