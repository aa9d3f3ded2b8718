// Reads a DER certificate list as far as the model needs it: whose it is, and until when it is good.
import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList } from '@peculiar/asn1-x509'
import { formatName } from './distinguished-name.ts'

/** Issuer (RFC 4514) and nextUpdate (milliseconds since the epoch) of a DER CRL. Throws when it is none. */
export function crlFacts(der: Uint8Array): { readonly issuer: string; readonly nextUpdate?: number } {
  const { issuer, nextUpdate } = AsnConvert.parse(der, CertificateList).tbsCertList
  return { issuer: formatName(issuer), ...(nextUpdate ? { nextUpdate: nextUpdate.getTime().getTime() } : {}) }
}
