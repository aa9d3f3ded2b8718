// Makes certificates (RFC 5280 profile, ECDSA P-256 with SHA-256). Pure but for the random serial and the signature.
import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import {
  bits,
  explicit,
  implicit,
  octets,
  oid,
  sequence,
  setOf,
  time,
  tlv,
  unsigned,
  utf8,
  yes,
} from './der/write.ts'
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

/** Who signs: the encoded issuer name, its SubjectPublicKeyInfo and its private key. */
export interface Signer {
  readonly name: Uint8Array
  readonly spki: Uint8Array
  readonly key: KeyObject
}

/** The DER Name (RDNSequence) of a distinguished name. */
export function encodeName(name: DistinguishedName): Buffer {
  const attribute = (type: string, value: string) => setOf(sequence(oid(type), utf8(value)))
  return sequence(
    ...(name.organizations ?? []).map((value) => attribute(OID.organization, value)),
    ...(name.commonName === undefined ? [] : [attribute(OID.commonName, name.commonName)]),
  )
}

/** RFC 5280 4.2.1.2 method 1: the SHA-1 of the subjectPublicKey bits. */
export function keyIdentifier(spki: Uint8Array): Buffer {
  // An uncompressed P-256 point is the last 65 bytes of its SubjectPublicKeyInfo.
  return createHash('sha1').update(spki.subarray(-65)).digest()
}

export const ecdsaWithSha256 = sequence(oid(OID.ecdsaWithSha256))

/** Signs a to-be-signed structure: SEQUENCE { tbs, algorithm, signature }. */
export function signed(tbs: Uint8Array, key: KeyObject): Buffer {
  return sequence(tbs, ecdsaWithSha256, bits(sign('sha256', tbs, key)))
}

const extension = (type: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(type), ...(critical ? [yes] : []), octets(value))

function alternativeNames(content: CertificateContent): readonly Buffer[] {
  return [
    ...(content.dns ?? []).map((name) => implicit(2, Buffer.from(name, 'latin1'))),
    ...(content.uri ?? []).map((uri) => implicit(6, Buffer.from(uri, 'latin1'))),
    ...(content.ip ?? []).map((address) => implicit(7, Buffer.from(ipaddr.parse(address).toByteArray()))),
  ]
}

function extensions(content: CertificateContent, signer: Signer): Buffer {
  const names = alternativeNames(content)
  const anonymous = content.subject.commonName === undefined && !content.subject.organizations?.length
  const { ca } = content
  const constraints =
    ca === undefined
      ? sequence()
      : sequence(yes, ...(ca.pathLength === undefined ? [] : [unsigned(Buffer.from([ca.pathLength]))]))
  // keyCertSign + cRLSign + digitalSignature for a CA, digitalSignature for a leaf.
  const usage = ca === undefined ? bits(Buffer.from([0x80]), 7) : bits(Buffer.from([0x86]), 1)
  return sequence(
    extension(OID.keyUsage, true, usage),
    ...(content.purposes?.length
      ? [
          extension(
            OID.extendedKeyUsage,
            false,
            sequence(...content.purposes.map((p) => oid(KEY_PURPOSES[p] ?? p))),
          ),
        ]
      : []),
    extension(OID.basicConstraints, true, constraints),
    extension(OID.subjectKeyId, false, octets(keyIdentifier(content.spki))),
    extension(OID.authorityKeyId, false, sequence(implicit(0, keyIdentifier(signer.spki)))),
    // RFC 5280 4.2.1.6: critical when the subject is empty.
    ...(names.length === 0 ? [] : [extension(OID.subjectAltName, anonymous, sequence(...names))]),
    ...(content.policies?.length
      ? [
          extension(
            OID.certificatePolicies,
            false,
            sequence(...content.policies.map((p) => sequence(oid(p)))),
          ),
        ]
      : []),
  )
}

/** The PEM certificate of `content`, signed by `signer` (itself, for a root), with a random 128-bit serial number. */
export function signCertificate(content: CertificateContent, signer: Signer): string {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const tbs = sequence(
    explicit(0, tlv(0x02, Buffer.from([2]))),
    unsigned(serial),
    ecdsaWithSha256,
    signer.name,
    sequence(time(content.notBefore), time(content.notAfter)),
    encodeName(content.subject),
    content.spki,
    explicit(3, extensions(content, signer)),
  )
  return encodePem('CERTIFICATE', signed(tbs, signer.key))
}

/** Reads a private key from PEM. */
export const readKey = (pem: string): KeyObject => createPrivateKey(pem)
