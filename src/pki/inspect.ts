// What the bytes of a PEM value are: certificates, a private key, a CRL. Every Secret and ConfigMap value that enters a snapshot passes here.
import { createHash, createPrivateKey } from 'node:crypto'
import type { CertificateFacts, Digest, PemFacts } from '../ir/certificate.ts'
import { certificateFacts } from './certificate-facts.ts'
import { crlFacts } from './crl-facts.ts'
import { spkiDigest, spkiOf } from './key.ts'
import { encodePem, type PemBlock, pemBlocks } from './pem.ts'

/** Lower-case hex SHA-256: the digest under which a value is known everywhere. */
export function digestOf(bytes: Uint8Array): Digest {
  return createHash('sha256').update(bytes).digest('hex')
}

const REMEMBERED = 8192
const remembered = new Map<Digest, PemFacts>()

/** The facts of a value's exact bytes. Never throws; the same bytes give the same object while they are remembered. */
export function inspectPem(bytes: Uint8Array): PemFacts {
  const digest = digestOf(bytes)
  const known = remembered.get(digest)
  if (known) return known
  const facts: PemFacts = { digest, content: contentOf(Buffer.from(bytes).toString('latin1')) }
  if (remembered.size >= REMEMBERED) {
    const oldest = remembered.keys().next()
    if (!oldest.done) remembered.delete(oldest.value)
  }
  remembered.set(digest, facts)
  return facts
}

/** The first certificate of a PEM text, if it holds readable certificates: of a chain, the leaf. */
export function firstCertificate(pem: string): CertificateFacts | undefined {
  const { content } = inspectPem(Buffer.from(pem))
  return content.kind === 'certificates' ? content.certificates[0] : undefined
}

type Content = PemFacts['content']

const invalid = (problem: string): Content => ({ kind: 'invalid', problem })

/** A value with several sorts of blocks is named after the first of: certificates, private key, CRL (OpenSSL's readers skip the others as well). */
function contentOf(text: string): Content {
  if (text.trim() === '') return { kind: 'empty' }
  const { blocks, broken } = pemBlocks(text)
  if (broken !== undefined) return invalid(broken)
  if (blocks.length === 0)
    return invalid(text.startsWith('\x30') ? 'not PEM (it looks like DER; convert it to PEM)' : 'not PEM')
  const labelled = (label: RegExp) => blocks.filter((block) => label.test(block.label))
  const certificates = labelled(/^(X509 )?CERTIFICATE$/)
  if (certificates.length > 0) return certificatesOf(certificates)
  const [key] = labelled(/PRIVATE KEY$/)
  if (key) return privateKeyOf(key)
  const crls = labelled(/^X509 CRL$/)
  if (crls.length > 0) return crlsOf(crls)
  return invalid(
    `it holds ${blocks.map((block) => block.label).join(', ')}, not a certificate, a private key or a CRL`,
  )
}

function certificatesOf(blocks: readonly PemBlock[]): Content {
  try {
    return { kind: 'certificates', certificates: blocks.map((block) => certificateFacts(block.der)) }
  } catch (error) {
    return invalid(`a certificate cannot be parsed: ${reasonOf(error)}`)
  }
}

function privateKeyOf(block: PemBlock): Content {
  if (block.label.startsWith('ENCRYPTED')) return invalid('the private key is encrypted')
  try {
    const key = createPrivateKey(encodePem(block.label, block.der))
    return { kind: 'private-key', spki: spkiDigest(spkiOf(key)), keyType: key.asymmetricKeyType ?? 'unknown' }
  } catch (error) {
    return invalid(`the private key cannot be parsed: ${reasonOf(error)}`)
  }
}

function crlsOf(blocks: readonly PemBlock[]): Content {
  try {
    const lists = blocks.map((block) => crlFacts(block.der))
    const ends = lists.flatMap(({ nextUpdate }) => (nextUpdate === undefined ? [] : [nextUpdate]))
    return {
      kind: 'crl',
      issuers: lists.map(({ issuer }) => issuer),
      revoked: lists.flatMap(({ revoked }) => revoked),
      ...(ends.length === 0 ? {} : { nextUpdate: Math.min(...ends) }),
    }
  } catch (error) {
    return invalid(`a CRL cannot be parsed: ${reasonOf(error)}`)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
