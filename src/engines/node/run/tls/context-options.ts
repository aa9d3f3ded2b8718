// TLS settings and bytes from the store to the options of Node's secure contexts.
import type { SecureContextOptions, SecureVersion, Server } from 'node:tls'
import type { CertificateRef, Digest, TrustRef } from '../../../../ir/certificate.ts'
import type { TlsVersion } from '../../../../ir/tls.ts'
import type { BlobStore } from '../../../engine.ts'

/** A digest that the store does not hold: what needs it must refuse. */
export class MissingBlob extends Error {
  constructor(what: string, digest: Digest) {
    super(`${what} (${digest.slice(0, 12)}…) is not in the certificate store`)
  }
}

const VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
}

/** Protocol versions and ciphers. TLS 1.2 is the least unless asked otherwise. */
export function protocolOptions(tls: {
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  readonly cipherSuites?: readonly string[]
}): SecureContextOptions {
  const old = tls.minVersion === '1.0' || tls.minVersion === '1.1'
  const ciphers = tls.cipherSuites ?? (old ? ['DEFAULT'] : [])
  return {
    minVersion: VERSIONS[tls.minVersion ?? '1.2'],
    maxVersion: VERSIONS[tls.maxVersion ?? '1.3'],
    honorCipherOrder: true,
    // The old versions sign with SHA-1, which OpenSSL allows at level 0 only.
    ...(ciphers.length > 0 ? { ciphers: [...ciphers, ...(old ? ['@SECLEVEL=0'] : [])].join(':') } : {}),
  }
}

/** Certificate chains with their keys, read from the store. Throws MissingBlob. */
export function identityOptions(refs: readonly CertificateRef[], blobs: BlobStore): SecureContextOptions {
  if (refs.length === 0) return {}
  return {
    cert: refs.map((ref) => read(blobs, ref.chain, `certificate ${ref.name}`)),
    key: refs.map((ref) => read(blobs, ref.key, `private key ${ref.name}`)),
  }
}

/** Anchors and revocation list. An intermediate may be an anchor, as in Envoy. Throws MissingBlob. */
export function trustOptions(trust: TrustRef, blobs: BlobStore): SecureContextOptions {
  return {
    ca: [read(blobs, trust.roots, `trust ${trust.name}`)],
    ...(trust.crl === undefined
      ? {}
      : { crl: listsIn(read(blobs, trust.crl, `revocation list ${trust.name}`)) }),
    // Since Node 20.18; before it, an anchor must be self-signed.
    ...{ allowPartialTrustChain: true },
  }
}

/** Has a server take intermediates as anchors: Node hands `allowPartialTrustChain` on to contexts of clients, but a tls.Server leaves it out of its own. */
export function trustIntermediates(server: Server): void {
  const own = server as unknown as { _sharedCreds?: { context?: PartialContext } }
  own._sharedCreds?.context?.setAllowPartialTrustChain?.()
}

interface PartialContext {
  setAllowPartialTrustChain?: () => void
}

const LIST = /-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g

/** Node reads no more than the first list of a text (SecureContext::AddCRL). */
function listsIn(pem: Buffer): Buffer[] {
  const lists = pem.toString('latin1').match(LIST) ?? []
  return lists.length > 1 ? lists.map((list) => Buffer.from(list, 'latin1')) : [pem]
}

function read(blobs: BlobStore, digest: Digest, what: string): Buffer {
  const bytes = blobs.get(digest)
  if (bytes === undefined || bytes.length === 0) throw new MissingBlob(what, digest)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
