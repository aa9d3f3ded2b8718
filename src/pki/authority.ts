// Certificate authorities: made in memory, or kept in a file that holds key and certificate together so that they can never be out of step.
import { X509Certificate } from 'node:crypto'
import { readFile, rename } from 'node:fs/promises'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate } from '@peculiar/asn1-x509'
import { encode } from './asn1.ts'
import {
  type CertificateContent,
  type DistinguishedName,
  encodeName,
  readKey,
  type Signer,
  signCertificate,
} from './certificate.ts'
import { generateKey, keyPem, spkiOf } from './key.ts'
import { writeDurably } from './write-durably.ts'

/** A CA that can sign, with its own certificate. */
export interface Authority extends Signer {
  /** PEM. */
  readonly certificate: string
  /** Milliseconds since the epoch. */
  readonly notAfter: number
}

/** What to make: absent `parent` means self-signed. Times in milliseconds. */
export interface AuthorityRequest {
  readonly subject: DistinguishedName
  readonly now: number
  readonly lifetimeMs: number
  readonly backdateMs?: number
  readonly pathLength?: number
  readonly parent?: Authority
}

/** A certificate chain (leaf first, the root left out) with its private key, both PEM; times in milliseconds since the epoch. */
export interface Issued {
  readonly chain: string
  readonly key: string
  readonly notBefore: number
  readonly notAfter: number
}

/** What a leaf says beside the key, with its validity relative to `now`. */
export type LeafRequest = Pick<
  CertificateContent,
  'subject' | 'dns' | 'ip' | 'uri' | 'purposes' | 'policies'
> & {
  readonly now: number
  readonly lifetimeMs: number
  readonly backdateMs?: number
}

/** A new CA with a new key, in memory. */
export function createAuthority(request: AuthorityRequest): Authority {
  const key = generateKey()
  const spki = spkiOf(key)
  const name = encodeName(request.subject)
  const notAfter = request.now + request.lifetimeMs
  const certificate = signCertificate(
    {
      subject: request.subject,
      spki,
      notBefore: request.now - (request.backdateMs ?? 0),
      notAfter,
      ca: request.pathLength === undefined ? {} : { pathLength: request.pathLength },
    },
    request.parent ?? { name, spki, key },
  )
  return { name, spki, key, certificate, notAfter }
}

/** A new key with its certificate from `authority`; `above` are the intermediates that follow the leaf in the chain, nearest first. */
export function issueLeaf(authority: Authority, request: LeafRequest, above: readonly string[] = []): Issued {
  const key = generateKey()
  const { now, lifetimeMs, backdateMs = 0, ...content } = request
  const notBefore = now - backdateMs
  const notAfter = now + lifetimeMs
  const leaf = signCertificate({ ...content, spki: spkiOf(key), notBefore, notAfter }, authority)
  return { chain: [leaf, ...above].join(''), key: keyPem(key), notBefore, notAfter }
}

function parseAuthority(text: string, parent: Authority | undefined): Authority {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/.exec(text)?.[0]
  if (certificate === undefined) throw new Error('it holds no certificate')
  const x509 = new X509Certificate(certificate)
  const key = readKey(text.slice(0, text.indexOf(certificate)))
  if (!x509.checkPrivateKey(key)) throw new Error('its key and certificate do not belong together')
  if (!x509.verify((parent && new X509Certificate(parent.certificate).publicKey) ?? x509.publicKey))
    throw new Error('its certificate is not signed by its parent')
  const { subject } = AsnConvert.parse(x509.raw, Certificate).tbsCertificate
  return { name: encode(subject), spki: spkiOf(key), key, certificate, notAfter: Date.parse(x509.validTo) }
}

/**
 * The CA kept in `file`, made there when the file does not exist. One with less than `renewBeforeMs` left is replaced by a new one, the
 * old file staying beside it as `<file>.retired`. Throws when the file is there but unreadable: a CA is never replaced silently.
 */
export async function openAuthority(
  file: string,
  request: AuthorityRequest & { readonly renewBeforeMs: number },
): Promise<Authority> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined) {
    const found = readStored(file, text, request.parent)
    if (found.notAfter - request.now > request.renewBeforeMs) return found
    await rename(file, `${file}.retired`)
  }
  const made = createAuthority(request)
  await writeDurably(file, keyPem(made.key) + made.certificate)
  return made
}

function readStored(file: string, text: string, parent: Authority | undefined): Authority {
  try {
    return parseAuthority(text, parent)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `${file} cannot be used as a certificate authority: ${reason}; restore it, or move it away to have a new one made`,
    )
  }
}
