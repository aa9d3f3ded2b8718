// One element of x-forwarded-client-cert (Envoy).
import type { ForwardClientCert } from '../../../../ir/listener.ts'
import type { PeerCertificate } from './peer-certificate.ts'

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
    parts.push(...(peer.sans.uri.length === 0 ? ['URI='] : peer.sans.uri.map((uri) => `URI=${quoted(uri)}`)))
  }
  if (details.includes('dns')) parts.push(...peer.sans.dns.map((name) => `DNS=${quoted(name)}`))
  return parts.join(';')
}

/** A name that would read as more than one is quoted, as Envoy's documentation of the header asks. */
function quoted(name: string): string {
  return /[,;"]/.test(name) ? `"${name.replaceAll('"', '\\"')}"` : name
}
