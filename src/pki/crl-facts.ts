// Reads a DER certificate list as far as the model needs it: whose it is, and until when it is good.
import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList } from '@peculiar/asn1-x509'
import { formatName } from './distinguished-name.ts'

const serialOf = (bytes: ArrayBuffer): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(00)+(?=..)/, '')

/** Issuer (RFC 4514), revoked serials and nextUpdate (milliseconds since the epoch) of a DER CRL. Throws when it is none. */
export function crlFacts(der: Uint8Array): {
  readonly issuer: string
  readonly nextUpdate?: number
  /** Serials as in CertificateFacts: lower-case hex. */
  readonly revoked: readonly string[]
} {
  const { issuer, nextUpdate, revokedCertificates = [] } = AsnConvert.parse(der, CertificateList).tbsCertList
  return {
    issuer: formatName(issuer),
    revoked: revokedCertificates.map(({ userCertificate }) => serialOf(userCertificate)),
    ...(nextUpdate ? { nextUpdate: nextUpdate.getTime().getTime() } : {}),
  }
}
