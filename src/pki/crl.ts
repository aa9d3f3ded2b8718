// Makes certificate revocation lists (RFC 5280 section 5), for those who run their own CA and for tests.
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  CertificateList,
  CRLNumber,
  Name,
  RevokedCertificate,
  TBSCertList,
  Time,
  Version,
} from '@peculiar/asn1-x509'
import { bytesOf, encode } from './asn1.ts'
import {
  authorityKeyIdentifier,
  ecdsaWithSha256,
  extension,
  type Signer,
  signatureOf,
} from './certificate.ts'
import { OID } from './oids.ts'
import { encodePem } from './pem.ts'

export interface CrlContent {
  /** Serial numbers in hex. */
  readonly revoked: readonly string[]
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly number: number
}

/** The PEM list signed by `signer`. */
export function signCrl(content: CrlContent, signer: Signer): string {
  const at = (ms: number) => new Time(new Date(ms))
  const revoked = content.revoked.map(
    (serial) =>
      new RevokedCertificate({ userCertificate: positive(serial), revocationDate: at(content.thisUpdate) }),
  )
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: ecdsaWithSha256,
    issuer: AsnConvert.parse(signer.name, Name),
    thisUpdate: at(content.thisUpdate),
    nextUpdate: at(content.nextUpdate),
    ...(revoked.length === 0 ? {} : { revokedCertificates: revoked }),
    crlExtensions: [
      authorityKeyIdentifier(signer),
      extension(OID.crlNumber, false, new CRLNumber(content.number)),
    ],
  })
  const list = new CertificateList({
    tbsCertList,
    signatureAlgorithm: ecdsaWithSha256,
    signature: signatureOf(encode(tbsCertList), signer.key),
  })
  return encodePem('X509 CRL', encode(list))
}

/** A hex number as the content of a DER INTEGER: a leading zero byte keeps it positive. */
function positive(hex: string): ArrayBuffer {
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return bytesOf((bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}
