// TLS on either side of a proxy (Envoy DownstreamTlsContext, UpstreamTlsContext).
import type { CertificateRef, TrustRef } from './certificate.ts'

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3'

/** How the peer's certificate is verified once its chain leads to an anchor. */
export interface PeerVerification {
  readonly trust: TrustRef
  /** Any one must be among the peer's SANs; absent or empty: any name. */
  readonly names?: readonly NameMatch[]
  /** Longest chain below the anchor, leaf not counted (nginx proxy_ssl_verify_depth, Envoy max_verify_depth). */
  readonly depth?: number
  /** Hex SHA-256 of the DER certificate; with `spki`, either list matching is enough. */
  readonly fingerprints?: readonly string[]
  readonly spki?: readonly string[]
}

/** `dns` exact compares as a TLS client does (a wildcard SAN covers one label); `literal` compares any SAN as a string. */
export type NameMatch =
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'uri-prefix'; readonly value: string }

export interface DownstreamTls {
  /** The one whose key type the client can use is presented; at most one per key type. */
  readonly certificates: readonly CertificateRef[]
  readonly alpn: readonly string[]
  readonly clientCertificate:
    | { readonly mode: 'none' }
    | { readonly mode: 'require' | 'optional'; readonly verify: PeerVerification }
    /** Checked and reported, accepted even when untrusted (insecureSkipVerify). */
    | { readonly mode: 'request-unverified'; readonly verify?: PeerVerification }
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  readonly cipherSuites?: readonly string[]
  readonly handshakeTimeoutMs?: number
}

export interface UpstreamTls {
  /** Absent: no SNI is sent. `host`: that of the request. */
  readonly sni?: string | { readonly from: 'host' }
  /** `off` only where the user wrote it so (ssl-service without a secret). `names: host` checks the request's host. */
  readonly verify: PeerVerification | 'off'
  readonly verifyHost?: boolean
  readonly certificate?: CertificateRef
  readonly alpn: readonly string[]
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  readonly cipherSuites?: readonly string[]
}
