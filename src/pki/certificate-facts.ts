// Reads one DER certificate into the facts that the model carries.
import { createHash, X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type TBSCertificate,
  Version,
} from '@peculiar/asn1-x509'
import type { CertificateFacts } from '../ir/certificate.ts'
import { encode, hexOf } from './asn1.ts'
import { formatName, lastCommonName } from './distinguished-name.ts'
import { spkiDigest } from './key.ts'
import { KEY_PURPOSES, OID } from './oids.ts'

export type { CertificateFacts } from '../ir/certificate.ts'

const PURPOSE_NAMES = new Map(Object.entries(KEY_PURPOSES).map(([name, dotted]) => [dotted, name]))

/** The parsed value of an extension, or undefined when the certificate has none of this kind. */
function extensionOf<T>(tbs: TBSCertificate, id: string, type: new () => T): T | undefined {
  const found = [...(tbs.extensions ?? [])].find(({ extnID }) => extnID === id)
  return found && AsnConvert.parse(found.extnValue.buffer, type)
}

function alternativeNames(tbs: TBSCertificate): CertificateFacts['sans'] {
  const names = [...(extensionOf(tbs, OID.subjectAltName, SubjectAlternativeName) ?? [])]
  return {
    dns: names.flatMap(({ dNSName }) => dNSName ?? []),
    uri: names.flatMap(({ uniformResourceIdentifier }) => uniformResourceIdentifier ?? []),
    ip: names.flatMap(({ iPAddress }) => iPAddress ?? []),
    email: names.flatMap(({ rfc822Name }) => rfc822Name ?? []),
  }
}

function keyIds(tbs: TBSCertificate): Pick<CertificateFacts, 'subjectKeyId' | 'authorityKeyId'> {
  const subject = extensionOf(tbs, OID.subjectKeyId, SubjectKeyIdentifier)
  const authority = extensionOf(tbs, OID.authorityKeyId, AuthorityKeyIdentifier)?.keyIdentifier
  return {
    ...(subject === undefined ? {} : { subjectKeyId: hexOf(subject.buffer) }),
    ...(authority === undefined ? {} : { authorityKeyId: hexOf(authority.buffer) }),
  }
}

/** The facts of a DER certificate. `keyType` is OpenSSL's name in lower case (`ec`, `rsa`, `ed25519`). Throws when it is not a certificate. */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  // OpenSSL decides what is a certificate: the engines hand the same bytes to it.
  const x509 = new X509Certificate(der)
  const tbs = AsnConvert.parse(x509.raw, Certificate).tbsCertificate
  const sameName = Buffer.compare(encode(tbs.issuer), encode(tbs.subject)) === 0
  const selfSigned = sameName && x509.verify(x509.publicKey)
  const constraints = extensionOf(tbs, OID.basicConstraints, BasicConstraints)
  const usage = extensionOf(tbs, OID.extendedKeyUsage, ExtendedKeyUsage)
  const commonName = lastCommonName(tbs.subject)
  return {
    subject: formatName(tbs.subject),
    ...(commonName === undefined ? {} : { commonName }),
    issuer: formatName(tbs.issuer),
    sans: alternativeNames(tbs),
    notBefore: tbs.validity.notBefore.getTime().getTime(),
    notAfter: tbs.validity.notAfter.getTime().getTime(),
    // As OpenSSL: a version 1 certificate has no basicConstraints and counts as a CA when it is self-signed.
    isCa: constraints === undefined ? tbs.version === Version.v1 && selfSigned : constraints.cA,
    selfSigned,
    ...(usage === undefined
      ? {}
      : { extendedKeyUsage: [...usage].map((dotted) => PURPOSE_NAMES.get(dotted) ?? dotted) }),
    serial: hexOf(tbs.serialNumber).replace(/^(00)+(?=..)/, ''),
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    spki: spkiDigest(x509.publicKey.export({ type: 'spki', format: 'der' })),
    keyType: x509.publicKey.asymmetricKeyType ?? 'unknown',
    ...keyIds(tbs),
  }
}
