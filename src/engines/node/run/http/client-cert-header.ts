// x-forwarded-client-cert: what a hop tells the next about the client's certificate (Envoy forward_client_cert_details).
import type { ForwardClientCert } from '../../../../ir/listener.ts'
import type { ClientConnection } from '../client-connection.ts'
import type { PeerCertificate } from '../tls/peer-certificate.ts'
import type { HeaderBlock } from './header-block.ts'
import { bit, Known } from './known-headers.ts'

const NAME = 'x-forwarded-client-cert'

/** `By=…;Hash=…;Subject="…";URI=…;DNS=…` for one certificate, in Envoy's order. */
export function clientCertElement(
  peer: PeerCertificate,
  details: ForwardClientCert['details'],
  ownUris: readonly string[],
): string {
  const parts = ownUris.length === 0 ? [] : [`By=${ownUris.join(',')}`]
  parts.push(`Hash=${peer.fingerprint}`)
  if (details.includes('subject')) parts.push(`Subject="${peer.subject.replaceAll('"', '\\"')}"`)
  if (details.includes('cert')) parts.push(`Cert="${encodeURIComponent(peer.x509.toString())}"`)
  // The chain beyond the leaf is not kept by the TLS layer once the handshake is over.
  if (details.includes('chain')) parts.push(`Chain="${encodeURIComponent(peer.x509.toString())}"`)
  if (details.includes('uri')) {
    parts.push(...(peer.sans.uri.length === 0 ? ['URI='] : peer.sans.uri.map((uri) => `URI=${uri}`)))
  }
  if (details.includes('dns')) parts.push(...peer.sans.dns.map((name) => `DNS=${name}`))
  return parts.join(';')
}

/** Applies the manager's rule to a request that came over `connection`. What a client without a certificate claims is taken away. */
export function applyClientCertRule(
  headers: HeaderBlock,
  rule: ForwardClientCert,
  connection: ClientConnection,
): void {
  if (rule.mode === 'always-forward-only') return
  const element = rule.mode === 'sanitize' ? undefined : connection.clientCertElement(rule)
  if (element === undefined) {
    headers.removeKnown(bit(Known.clientCert))
    return
  }
  if (rule.mode === 'forward-only') return
  const before = rule.mode === 'append-forward' ? headers.known(Known.clientCert) : undefined
  headers.setKnown(Known.clientCert, NAME, before === undefined ? element : `${before},${element}`)
}
