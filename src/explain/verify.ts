// Predicts certificate verification from facts alone: names, validity, usage, and the way from leaf to anchor by key identifiers and names.
import type { CertificateFacts, TrustRef } from '../ir/certificate.ts'
import type { NameMatch, PeerVerification } from '../ir/tls.ts'

/** Why a peer is refused, in words, with the OpenSSL or TLS name of it where there is one. */
export interface VerifyFailure {
  readonly reason:
    | 'no-certificate'
    | 'untrusted'
    | 'expired'
    | 'not-yet-valid'
    | 'wrong-name'
    | 'wrong-usage'
    | 'too-deep'
    | 'not-pinned'
    | 'anchor-expired'
    | 'revoked'
  readonly message: string
}

export interface VerifySuccess {
  /** Subject of the anchor that the chain led to. */
  readonly anchor: string
  /** The name or pin that decided, when one was asked for. */
  readonly matched?: string
}

/** One wildcard label, as RFC 6125 and OpenSSL compare. */
export function dnsNameMatches(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase()
  const host = name.toLowerCase()
  if (wanted === host) return true
  if (!wanted.startsWith('*.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === wanted.slice(1)
}

function nameMatches(certificate: CertificateFacts, name: NameMatch): boolean {
  const { dns, uri, ip, email } = certificate.sans
  if (name.kind === 'uri-prefix') return uri.some((value) => value.startsWith(name.value))
  if (name.kind === 'literal') return [...dns, ...uri, ...ip, ...email].includes(name.value)
  if (dns.length + ip.length === 0)
    return certificate.commonName !== undefined && dnsNameMatches(certificate.commonName, name.value)
  return dns.some((pattern) => dnsNameMatches(pattern, name.value)) || ip.includes(name.value)
}

const issued = (child: CertificateFacts, parent: CertificateFacts): boolean =>
  child.authorityKeyId !== undefined && parent.subjectKeyId !== undefined
    ? child.authorityKeyId === parent.subjectKeyId
    : child.issuer === parent.subject

/** The certificates from the leaf up, and the anchor they end at. */
function pathTo(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
): { path: CertificateFacts[]; anchor?: CertificateFacts } {
  const path: CertificateFacts[] = []
  let current = chain[0]
  while (current && path.length <= chain.length) {
    path.push(current)
    const here = current
    const anchor = anchors.find(
      (candidate) => candidate.fingerprint === here.fingerprint || issued(here, candidate),
    )
    if (anchor) return { path, anchor }
    current = chain.find((candidate) => !path.includes(candidate) && issued(here, candidate))
  }
  return { path }
}

const day = 86_400_000
const when = (certificate: CertificateFacts, now: number): VerifyFailure | undefined => {
  if (now > certificate.notAfter)
    return {
      reason: 'expired',
      message: `${titleOf(certificate)} expired ${Math.ceil((now - certificate.notAfter) / day)} day(s) ago`,
    }
  if (now < certificate.notBefore)
    return { reason: 'not-yet-valid', message: `${titleOf(certificate)} is not valid yet` }
  return undefined
}

/** Says whether a peer that presents `chain` (leaf first; empty: none) passes, at `now` (ms), as a client or as a server. */
export function verifyPeer(
  chain: readonly CertificateFacts[],
  verification: PeerVerification,
  usage: 'clientAuth' | 'serverAuth',
  now: number,
): { readonly ok: VerifySuccess } | { readonly failure: VerifyFailure } {
  const leaf = chain[0]
  if (!leaf) return { failure: { reason: 'no-certificate', message: 'no certificate was presented' } }
  const { path, anchor } = pathTo(chain, verification.trust.anchors)
  if (!anchor) return { failure: untrusted(leaf, verification.trust) }
  for (const certificate of path) {
    const failure = when(certificate, now)
    if (failure) return { failure }
  }
  if (now > anchor.notAfter)
    return {
      failure: { reason: 'anchor-expired', message: `the trust anchor ${anchor.subject} has expired` },
    }
  if (verification.depth !== undefined && path.length - 1 > verification.depth)
    return {
      failure: {
        reason: 'too-deep',
        message: `the chain has ${path.length - 1} intermediate(s), ${verification.depth} allowed`,
      },
    }
  if (
    leaf.extendedKeyUsage &&
    !leaf.extendedKeyUsage.includes(usage) &&
    !leaf.extendedKeyUsage.includes('anyExtendedKeyUsage')
  )
    return {
      failure: {
        reason: 'wrong-usage',
        message: `${titleOf(leaf)} lacks the extended key usage ${usage} (has ${leaf.extendedKeyUsage.join(', ')})`,
      },
    }
  const revoked = path.find(({ serial }) => verification.trust.revoked?.includes(serial))
  if (revoked)
    return {
      failure: {
        reason: 'revoked',
        message: `${revoked.subject} is on the revocation list of ${verification.trust.name}`,
      },
    }
  const { names = [], fingerprints = [], spki = [] } = verification
  const name = names.find((candidate) => nameMatches(leaf, candidate))
  if (names.length > 0 && !name)
    return {
      failure: {
        reason: 'wrong-name',
        message: `none of ${names.map(({ value }) => value).join(', ')} is among the certificate's names (${allNames(leaf).join(', ') || 'none'})`,
      },
    }
  if (
    fingerprints.length + spki.length > 0 &&
    !fingerprints.includes(leaf.fingerprint) &&
    !spki.includes(leaf.spki)
  )
    return {
      failure: {
        reason: 'not-pinned',
        message: `${titleOf(leaf)} is not one of the pinned certificates or keys`,
      },
    }
  return { ok: { anchor: anchor.subject, ...(name ? { matched: name.value } : {}) } }
}

/** The subject; for one without, which names itself in its SANs only, the first of those. */
const titleOf = (certificate: CertificateFacts): string =>
  certificate.subject || (allNames(certificate)[0] ?? 'a certificate without a name')

const allNames = ({ sans }: CertificateFacts): readonly string[] => [
  ...sans.dns,
  ...sans.uri,
  ...sans.ip,
  ...sans.email,
]

function untrusted(leaf: CertificateFacts, trust: TrustRef): VerifyFailure {
  const anchors = trust.anchors.map(({ subject }) => subject).join('; ') || 'no anchor at all'
  return {
    reason: 'untrusted',
    message: `${titleOf(leaf)}, issued by ${leaf.issuer}, does not lead to an anchor of ${trust.name} (${anchors})`,
  }
}
