// TLS towards an upstream: one context with its sessions for each set of TLS settings.
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { UpstreamTls } from '../../../../ir/tls.ts'
import type { BlobStore } from '../../../engine.ts'
import { identityOptions, protocolOptions, trustOptions } from '../tls/context-options.ts'
import { type PeerCertificate, presentedCertificate } from '../tls/peer-certificate.ts'
import { nameMatches, refusePeer } from '../tls/verify.ts'

const MAX_SESSIONS = 256

/** A session with the certificate it began with: OpenSSL does not give that again when the session is resumed. */
export interface Resumable {
  readonly session: Buffer
  readonly peer: PeerCertificate | undefined
}

/** Throws when bytes are missing or OpenSSL takes exception to them. */
export class ClientTls {
  readonly settings: UpstreamTls
  readonly context: SecureContext
  private readonly sessions = new Map<string, Resumable>()

  constructor(settings: UpstreamTls, blobs: BlobStore) {
    this.settings = settings
    this.context = createSecureContext({
      ...protocolOptions(settings),
      ...(settings.certificate === undefined ? {} : identityOptions([settings.certificate], blobs)),
      ...(settings.verify === 'off' ? {} : trustOptions(settings.verify.trust, blobs)),
    })
  }

  /** The server name to send for a request to `host`; undefined: none. */
  serverName(host: string): string | undefined {
    const { sni } = this.settings
    return typeof sni === 'object' ? host : sni
  }

  /** What must be equal for two requests to share a connection. */
  variant(host: string): string {
    return typeof this.settings.sni === 'object' || this.settings.verifyHost === true ? host : ''
  }

  session(key: string): Resumable | undefined {
    return this.sessions.get(key)
  }

  keepSession(key: string, session: Resumable): void {
    if (this.sessions.size >= MAX_SESSIONS) this.sessions.clear()
    this.sessions.set(key, session)
  }

  forgetSession(key: string): void {
    this.sessions.delete(key)
  }

  /** The certificate that this connection rests on: presented now, or when the resumed session began. */
  peer(socket: TLSSocket, resumed: Resumable | undefined): PeerCertificate | undefined {
    return socket.isSessionReused() ? resumed?.peer : presentedCertificate(socket)
  }

  /** Why the server's certificate is refused, or undefined. Asked before any byte of a request is written. */
  refuse(socket: TLSSocket, peer: PeerCertificate | undefined, host: string): string | undefined {
    const { verify, verifyHost } = this.settings
    if (verify === 'off') return undefined
    if (peer === undefined) return 'server did not present a certificate'
    if (!socket.authorized) return String(socket.authorizationError ?? 'certificate not verified')
    const refusal = refusePeer(socket, peer, verify, Date.now())
    if (refusal !== undefined) return refusal
    if (verifyHost === true && !nameMatches(peer, { kind: 'dns', value: host })) {
      return `certificate has none of the names ${host}`
    }
    return undefined
  }
}
