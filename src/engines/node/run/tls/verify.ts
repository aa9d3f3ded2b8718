// What is asked of a peer beyond a chain to an anchor: names, pins, depth, validity. OpenSSL has checked the chain, revocation and key usage.
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { NameMatch, PeerVerification } from '../../../../ir/tls.ts'
import { type PeerCertificate, spkiDigest } from './peer-certificate.ts'

/** Checks a peer whose chain was verified by OpenSSL; returns why it is refused, or undefined. */
export function refusePeer(
  socket: TLSSocket,
  peer: PeerCertificate,
  rule: PeerVerification,
  now: number,
): string | undefined {
  // A resumed session skips the chain check of OpenSSL, so the leaf's validity is looked at again.
  if (now < peer.notBefore) return 'certificate is not yet valid'
  if (now > peer.notAfter) return 'certificate has expired'
  if (rule.names !== undefined && rule.names.length > 0) {
    if (!rule.names.some((name) => nameMatches(peer, name))) {
      return `certificate has none of the names ${rule.names.map(({ value }) => value).join(', ')}`
    }
  }
  const pins = [...(rule.fingerprints ?? []), ...(rule.spki ?? [])]
  if (pins.length > 0) {
    const byHash = rule.fingerprints?.some(
      (pin) => pin.replaceAll(':', '').toLowerCase() === peer.fingerprint,
    )
    const byKey = rule.spki?.includes(spkiDigest(peer.x509))
    if (byHash !== true && byKey !== true) return 'certificate is not one of those pinned'
  }
  if (rule.depth !== undefined) {
    const depth = chainDepth(socket, rule)
    if (depth > rule.depth) return `certificate chain is deeper than ${rule.depth}`
  }
  return undefined
}

/** True when one of the certificate's names satisfies the rule. */
export function nameMatches({ sans, x509 }: PeerCertificate, { kind, value }: NameMatch): boolean {
  if (kind === 'uri-prefix') return sans.uri.some((uri) => uri.startsWith(value))
  if (kind === 'literal') {
    return [sans.uri, sans.dns, sans.ip, sans.email].some((list) => list.includes(value))
  }
  return isIP(value) === 0
    ? x509.checkHost(value, { subject: 'default', partialWildcards: false }) !== undefined
    : x509.checkIP(value) !== undefined
}

/** Certificates between the leaf and the anchor. On a resumed session the chain is gone; its depth was checked when the session began, in a context with the same rule. */
function chainDepth(socket: TLSSocket, { trust }: PeerVerification): number {
  if (socket.isSessionReused()) return 0
  const anchors = new Set(trust.anchors.map(({ fingerprint }) => fingerprint))
  let certificate = socket.getPeerCertificate(true)
  for (let depth = 0; depth < 100; depth++) {
    // A chain that is not all there is as deep as can be.
    if (certificate.fingerprint256 === undefined) return Number.POSITIVE_INFINITY
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
    const issuer = certificate.issuerCertificate
    if (anchors.has(fingerprint)) return Math.max(0, depth - 1)
    if (issuer === undefined || issuer === null || issuer === certificate) return depth
    certificate = issuer
  }
  return Number.POSITIVE_INFINITY
}
