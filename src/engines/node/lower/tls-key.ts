// Content keys of TLS settings: equal keys mean one context may serve both, so that a change elsewhere keeps contexts, sessions and pools.
import type { CertificateRef } from '../../../ir/certificate.ts'
import type { DownstreamTls, PeerVerification, UpstreamTls } from '../../../ir/tls.ts'

/** The key of a server context. */
export function downstreamTlsKey(tls: DownstreamTls): string {
  const client = tls.clientCertificate
  return JSON.stringify([
    tls.certificates.map(certificateKey),
    tls.alpn,
    client.mode,
    client.mode === 'none' ? null : verifyKey(client.verify),
    tls.minVersion,
    tls.maxVersion,
    tls.cipherSuites,
    tls.handshakeTimeoutMs,
  ])
}

/** The key of a client context; SNI and checked names belong to it, since sessions and connections are shared by it. */
export function upstreamTlsKey(tls: UpstreamTls): string {
  return JSON.stringify([
    tls.sni ?? null,
    tls.verify === 'off' ? 'off' : verifyKey(tls.verify),
    tls.verifyHost === true,
    tls.certificate === undefined ? null : certificateKey(tls.certificate),
    tls.alpn,
    tls.minVersion,
    tls.maxVersion,
    tls.cipherSuites,
  ])
}

function certificateKey({ chain, key }: CertificateRef): string {
  return `${chain}/${key}`
}

function verifyKey(verify: PeerVerification | undefined): unknown {
  if (verify === undefined) return null
  const { trust, names, depth, fingerprints, spki } = verify
  return [trust.roots, trust.crl, names, depth, fingerprints, spki]
}
