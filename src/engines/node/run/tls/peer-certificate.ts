// What a peer's certificate says, read once per certificate.
import { createHash, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

export interface PeerCertificate {
  /** Lower-case hex SHA-256 of the DER certificate. */
  readonly fingerprint: string
  /** RFC 2253 text, as Envoy writes it in XFCC. */
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly sans: {
    readonly dns: readonly string[]
    readonly uri: readonly string[]
    readonly ip: readonly string[]
    readonly email: readonly string[]
  }
  readonly notBefore: number
  readonly notAfter: number
  readonly x509: X509Certificate
}

const known = new Map<string, PeerCertificate>()
const MAX_KNOWN = 1024

/**
 * The certificate that a peer presented, in this handshake or (a client) in the resumed one; the last thousand are remembered by
 * fingerprint. Not by getPeerX509Certificate, which takes certificates out of the connection: on a client's socket every later look finds
 * nothing, and on a server's the next of the chain is never freed (Node 20 to 24).
 */
export function presentedCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const { raw, fingerprint256 } = socket.getPeerCertificate(false)
  if (raw === undefined) return undefined
  const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase()
  const found = known.get(fingerprint)
  if (found !== undefined) return found
  const x509 = new X509Certificate(raw)
  const certificate: PeerCertificate = {
    fingerprint,
    subject: distinguishedName(x509.subject),
    issuer: distinguishedName(x509.issuer),
    serial: x509.serialNumber.toLowerCase(),
    sans: subjectAltNames(x509.subjectAltName),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    x509,
  }
  if (known.size >= MAX_KNOWN) {
    const oldest = known.keys().next().value
    if (oldest !== undefined) known.delete(oldest)
  }
  known.set(fingerprint, certificate)
  return certificate
}

/** Base64 SHA-256 of the public key (as in Envoy's verify_certificate_spki). */
export function spkiDigest(x509: X509Certificate): string {
  return createHash('sha256')
    .update(x509.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}

/** Node writes one attribute a line in encoding order; RFC 2253 wants them reversed on one line. The values are escaped alike. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '').split('\n').reverse().join(',')
}

/** Reads Node's `DNS:a, URI:b` text; a value that could be misread is quoted there as JSON. */
function subjectAltNames(text: string | undefined): PeerCertificate['sans'] {
  const sans = { dns: [] as string[], uri: [] as string[], ip: [] as string[], email: [] as string[] }
  for (const [, type, quoted, plain] of (text ?? '').matchAll(
    /(?:^|, )([A-Za-z ]+):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g,
  )) {
    const value = quoted === undefined ? (plain as string) : String(JSON.parse(quoted))
    if (type === 'DNS') sans.dns.push(value)
    else if (type === 'URI') sans.uri.push(value)
    else if (type === 'IP Address') sans.ip.push(value)
    else if (type === 'email') sans.email.push(value)
  }
  return sans
}
