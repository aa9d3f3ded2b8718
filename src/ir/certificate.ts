// What the model knows of certificates: facts and content digests, never bytes. Engines fetch bytes by digest from a BlobStore.
import type { Origin } from '../diagnostics/origin.ts'

/** Lower-case hex SHA-256 of the exact bytes (a PEM value as stored). */
export type Digest = string

/** The public facts of one X.509 certificate (RFC 5280). Times are milliseconds since the epoch. */
export interface CertificateFacts {
  /** RFC 4514 text of the subject, most specific first. */
  readonly subject: string
  /** The last CN of the subject, if it has one. */
  readonly commonName?: string
  readonly issuer: string
  readonly sans: {
    readonly dns: readonly string[]
    readonly uri: readonly string[]
    readonly ip: readonly string[]
    readonly email: readonly string[]
  }
  readonly notBefore: number
  readonly notAfter: number
  readonly isCa: boolean
  readonly selfSigned: boolean
  /** Extended key usages by name (`serverAuth`, `clientAuth`) or dotted OID; absent when the extension is absent. */
  readonly extendedKeyUsage?: readonly string[]
  /** Lower-case hex, no separators. */
  readonly serial: string
  /** Lower-case hex SHA-256 of the DER certificate. */
  readonly fingerprint: string
  /** Base64 SHA-256 of the SubjectPublicKeyInfo (as in Envoy's verify_certificate_spki). */
  readonly spki: string
  readonly keyType: string
  /** Hex key identifiers, when the extensions are there: they tie a certificate to its issuer. */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
}

/** What the bytes under one data key of a secret turned out to be. */
export interface PemFacts {
  readonly digest: Digest
  readonly content:
    | { readonly kind: 'certificates'; readonly certificates: readonly CertificateFacts[] }
    | { readonly kind: 'private-key'; readonly spki: string; readonly keyType: string }
    | {
        readonly kind: 'crl'
        readonly issuers: readonly string[]
        readonly nextUpdate?: number
        readonly revoked?: readonly string[]
      }
    | { readonly kind: 'empty' }
    | { readonly kind: 'invalid'; readonly problem: string }
}

/** A certificate chain with its private key, for presenting to a peer. */
export interface CertificateRef {
  /** Envoy's SDS name: `kubernetes://istio-system/my-secret`, or `spiffe://…` for a workload identity. */
  readonly name: string
  readonly chain: Digest
  readonly key: Digest
  readonly leaf: CertificateFacts
  /** What follows the leaf in the chain as stored. */
  readonly intermediates?: readonly CertificateFacts[]
  readonly origin: Origin
}

/** A bundle of trust anchors, with an optional revocation list. */
export interface TrustRef {
  readonly name: string
  readonly roots: Digest
  readonly crl?: Digest
  /** Serials on the revocation list, as in CertificateFacts. */
  readonly revoked?: readonly string[]
  readonly anchors: readonly CertificateFacts[]
  readonly origin: Origin
}
