// Reads one DER certificate into the facts that the model carries.
import { createHash, X509Certificate } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import type { CertificateFacts } from '../ir/certificate.ts'
import { child, children, type DerValue, readOid, readOne, readTime } from './der/read.ts'
import { formatName, lastCommonName } from './distinguished-name.ts'
import { spkiDigest } from './key.ts'
import { KEY_PURPOSES, OID } from './oids.ts'

export type { CertificateFacts } from '../ir/certificate.ts'

const PURPOSE_NAMES = new Map(Object.entries(KEY_PURPOSES).map(([name, dotted]) => [dotted, name]))

interface Extensions {
  readonly byOid: ReadonlyMap<string, DerValue>
}

function readExtensions(tbs: readonly DerValue[]): Extensions {
  const wrapper = tbs.find((value) => value.tag === 0xa3)
  const list = wrapper === undefined ? [] : children(child(wrapper, 0, 0x30))
  const byOid = new Map<string, DerValue>()
  for (const extension of list) {
    const parts = children(extension)
    const [type] = parts
    const value = parts.at(-1)
    if (type !== undefined && value?.tag === 0x04) byOid.set(readOid(type), readOne(value.content))
  }
  return { byOid }
}

const text = (value: DerValue): string => Buffer.from(value.content).toString('latin1')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function alternativeNames(extension: DerValue | undefined): CertificateFacts['sans'] {
  const names = extension === undefined ? [] : children(extension)
  const tagged = (tag: number) => names.filter((name) => name.tag === tag)
  return {
    dns: tagged(0x82).map(text),
    uri: tagged(0x86).map(text),
    ip: tagged(0x87).flatMap(({ content }) =>
      content.length === 4 || content.length === 16 ? [ipaddr.fromByteArray([...content]).toString()] : [],
    ),
    email: tagged(0x81).map(text),
  }
}

function keyIds(
  byOid: ReadonlyMap<string, DerValue>,
): Pick<CertificateFacts, 'subjectKeyId' | 'authorityKeyId'> {
  const subject = byOid.get(OID.subjectKeyId)
  const authority = byOid.get(OID.authorityKeyId)
  const authorityId = authority && children(authority).find((value) => value.tag === 0x80)
  return {
    ...(subject === undefined ? {} : { subjectKeyId: hex(subject.content) }),
    ...(authorityId === undefined ? {} : { authorityKeyId: hex(authorityId.content) }),
  }
}

/** The facts of a DER certificate. `keyType` is OpenSSL's name in lower case (`ec`, `rsa`, `ed25519`). Throws when it is not a certificate. */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  // OpenSSL decides what is a certificate: the engines hand the same bytes to it.
  const x509 = new X509Certificate(der)
  const tbs = children(child(readOne(x509.raw), 0, 0x30))
  const offset = tbs[0]?.tag === 0xa0 ? 1 : 0
  const [serial, , issuer, validity, subject, spki] = tbs.slice(offset)
  if (!serial || !issuer || !validity || !subject || !spki) throw new Error('incomplete certificate')
  const { byOid } = readExtensions(tbs)
  const constraints = byOid.get(OID.basicConstraints)
  const sameName = Buffer.compare(issuer.raw, subject.raw) === 0
  const selfSigned = sameName && x509.verify(x509.publicKey)
  const usage = byOid.get(OID.extendedKeyUsage)
  const commonName = lastCommonName(subject)
  return {
    subject: formatName(subject),
    ...(commonName === undefined ? {} : { commonName }),
    issuer: formatName(issuer),
    sans: alternativeNames(byOid.get(OID.subjectAltName)),
    notBefore: readTime(child(validity, 0)),
    notAfter: readTime(child(validity, 1)),
    // As OpenSSL: a version 1 certificate has no basicConstraints and counts as a CA when it is self-signed.
    isCa: constraints === undefined ? offset === 0 && selfSigned : children(constraints)[0]?.tag === 0x01,
    selfSigned,
    ...(usage === undefined
      ? {}
      : {
          extendedKeyUsage: children(usage)
            .map(readOid)
            .map((dotted) => PURPOSE_NAMES.get(dotted) ?? dotted),
        }),
    serial: hex(serial.content).replace(/^(00)+(?=..)/, ''),
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    spki: spkiDigest(spki.raw),
    keyType: x509.publicKey.asymmetricKeyType ?? 'unknown',
    ...keyIds(byOid),
  }
}
