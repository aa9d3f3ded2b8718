// What is known of an accepted connection, for every request on it.
import type { ForwardClientCert } from '../../../ir/listener.ts'
import type { PeerView } from '../lower/request-view.ts'
import type { RequestChild } from './metrics/request-child.ts'
import { clientCertElement } from './tls/client-cert-element.ts'
import type { TlsFacts } from './tls/terminator.ts'

export interface Addresses {
  readonly remoteAddress: string
  readonly remotePort: number
  /** The logical address and port of the listener's bind. */
  readonly localAddress: string
  readonly localPort: number
}

export class ClientConnection implements PeerView {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly proxyId: string
  readonly tls: TlsFacts | undefined
  /** From the handshake, or peeked. */
  readonly serverName: string | undefined
  /** SPIFFE id of the verified peer, without `spiffe://`. */
  readonly principal: string | undefined
  /** URI names of the certificate that this side presented. */
  private readonly ownUris: readonly string[]
  /** Where its last request was counted. */
  counted: RequestChild | undefined
  private element: { readonly rule: ForwardClientCert; readonly text: string } | undefined

  constructor(
    proxyId: string,
    addresses: Addresses,
    tls: TlsFacts | undefined,
    serverName: string | undefined,
    ownUris: readonly string[],
  ) {
    this.proxyId = proxyId
    this.remoteAddress = addresses.remoteAddress
    this.remotePort = addresses.remotePort
    this.localAddress = addresses.localAddress
    this.localPort = addresses.localPort
    this.tls = tls
    this.serverName = tls?.serverName ?? serverName
    this.ownUris = ownUris
    const uris = tls?.verified === true ? tls.peer?.sans.uri : undefined
    this.principal = uris?.find((uri) => uri.startsWith('spiffe://'))?.slice(9)
  }

  get sni(): string | undefined {
    return this.serverName
  }
  get sourceAddress(): string {
    return this.remoteAddress
  }
  get clientAddress(): string {
    return this.remoteAddress
  }
  get destinationAddress(): string {
    return this.localAddress
  }
  get destinationPort(): number {
    return this.localPort
  }

  /** The x-forwarded-client-cert element of this connection; made once. */
  clientCertElement(rule: ForwardClientCert): string | undefined {
    const peer = this.tls?.peer
    if (peer === undefined) return undefined
    if (this.element === undefined || this.element.rule !== rule) {
      this.element = { rule, text: clientCertElement(peer, rule.details, this.ownUris) }
    }
    return this.element.text
  }
}
