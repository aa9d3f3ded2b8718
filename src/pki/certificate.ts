// Makes certificates (RFC 5280 profile, ECDSA P-256 with SHA-256). Pure but for the random serial and the signature.
import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificatePolicies,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  PolicyInformation,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import { bytesOf, encode } from './asn1.ts'
import { KEY_PURPOSES, OID } from './oids.ts'
import { encodePem } from './pem.ts'

export type KeyPurpose = 'serverAuth' | 'clientAuth'

/** A distinguished name: organizations first, then the common name. Both absent: the empty name. */
export interface DistinguishedName {
  readonly commonName?: string
  readonly organizations?: readonly string[]
}

/** What a certificate says. Times are milliseconds since the epoch, cut to seconds in the certificate. */
export interface CertificateContent {
  readonly subject: DistinguishedName
  /** DER SubjectPublicKeyInfo of the key that is certified. */
  readonly spki: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly uri?: readonly string[]
  /** Present: a CA certificate; `pathLength` absent means unlimited. */
  readonly ca?: { readonly pathLength?: number }
  readonly purposes?: readonly KeyPurpose[]
  /** Policy OIDs, as public CAs put them into their leaves. */
  readonly policies?: readonly string[]
}

/** Who signs: the issuer's DER Name, its SubjectPublicKeyInfo and its private key. */
export interface Signer {
  readonly name: Uint8Array
  readonly spki: Uint8Array
  readonly key: KeyObject
}

/** The DER Name of a distinguished name. */
export function encodeName(name: DistinguishedName): Buffer {
  const attribute = (type: string, utf8String: string) =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
    ])
  return encode(
    new Name([
      ...(name.organizations ?? []).map((value) => attribute(OID.organization, value)),
      ...(name.commonName === undefined ? [] : [attribute(OID.commonName, name.commonName)]),
    ]),
  )
}

/** RFC 5280 4.2.1.2 method 1: the SHA-1 of the subjectPublicKey bits. */
export function keyIdentifier(spki: Uint8Array): Buffer {
  const { subjectPublicKey } = AsnConvert.parse(spki, SubjectPublicKeyInfo)
  return createHash('sha1').update(new Uint8Array(subjectPublicKey)).digest()
}

export const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: OID.ecdsaWithSha256 })

/** The ECDSA signature over the DER of a to-be-signed structure. */
export const signatureOf = (tbs: Uint8Array, key: KeyObject): ArrayBuffer => bytesOf(sign('sha256', tbs, key))

/** One extension with the DER of its value. */
export const extension = (extnID: string, critical: boolean, value: object): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(encode(value)) })

const alternativeNames = (content: CertificateContent): readonly GeneralName[] => [
  ...(content.dns ?? []).map((dNSName) => new GeneralName({ dNSName })),
  ...(content.uri ?? []).map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ...(content.ip ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
]

function extensions(content: CertificateContent, signer: Signer): Extensions {
  const names = alternativeNames(content)
  const anonymous = content.subject.commonName === undefined && !content.subject.organizations?.length
  const { ca, purposes = [], policies = [] } = content
  const usage = ca
    ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature
  const constraints = new BasicConstraints({
    cA: ca !== undefined,
    ...(ca?.pathLength === undefined ? {} : { pathLenConstraint: ca.pathLength }),
  })
  return new Extensions([
    extension(OID.keyUsage, true, new KeyUsage(usage)),
    ...(purposes.length === 0
      ? []
      : [
          extension(
            OID.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(purposes.map((p) => KEY_PURPOSES[p] ?? p)),
          ),
        ]),
    extension(OID.basicConstraints, true, constraints),
    extension(OID.subjectKeyId, false, new SubjectKeyIdentifier(keyIdentifier(content.spki))),
    authorityKeyIdentifier(signer),
    // RFC 5280 4.2.1.6: critical when the subject is empty.
    ...(names.length === 0
      ? []
      : [extension(OID.subjectAltName, anonymous, new SubjectAlternativeName([...names]))]),
    ...(policies.length === 0
      ? []
      : [
          extension(
            OID.certificatePolicies,
            false,
            new CertificatePolicies(
              policies.map((policyIdentifier) => new PolicyInformation({ policyIdentifier })),
            ),
          ),
        ]),
  ])
}

/** The extension that names the signer's key. */
export const authorityKeyIdentifier = (signer: Signer): Extension =>
  extension(
    OID.authorityKeyId,
    false,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(signer.spki)) }),
  )

/** The PEM certificate of `content`, signed by `signer` (itself, for a root), with a random 127-bit serial number. */
export function signCertificate(content: CertificateContent, signer: Signer): string {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytesOf(serial),
    signature: ecdsaWithSha256,
    issuer: AsnConvert.parse(signer.name, Name),
    validity: new Validity({ notBefore: new Date(content.notBefore), notAfter: new Date(content.notAfter) }),
    subject: AsnConvert.parse(encodeName(content.subject), Name),
    subjectPublicKeyInfo: AsnConvert.parse(content.spki, SubjectPublicKeyInfo),
    extensions: extensions(content, signer),
  })
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: ecdsaWithSha256,
    signatureValue: signatureOf(encode(tbsCertificate), signer.key),
  })
  return encodePem('CERTIFICATE', encode(certificate))
}

/** Reads a private key from PEM. */
export const readKey = (pem: string): KeyObject => createPrivateKey(pem)
