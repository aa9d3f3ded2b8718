// Certificates and a blob store for models built by hand.

import type { BlobStore } from '../../../src/engines/engine.ts'
import type { CertificateFacts, CertificateRef, Digest, TrustRef } from '../../../src/ir/certificate.ts'
import { type Authority, createAuthority, issueLeaf, type LeafRequest } from '../../../src/pki/authority.ts'
import { digestOf, inspectPem } from '../../../src/pki/inspect.ts'

const HOUR = 3_600_000

/** Bytes by digest; whatever is made through it can be fetched from it. */
export class TestBlobs implements BlobStore {
  private readonly values = new Map<Digest, Uint8Array>()

  get(digest: Digest): Uint8Array | undefined {
    return this.values.get(digest)
  }

  put(pem: string): Digest {
    const bytes = Buffer.from(pem)
    const digest = digestOf(bytes)
    this.values.set(digest, bytes)
    return digest
  }

  forget(digest: Digest): void {
    this.values.delete(digest)
  }
}

export function facts(pem: string): readonly CertificateFacts[] {
  const { content } = inspectPem(Buffer.from(pem))
  if (content.kind !== 'certificates') throw new Error('not a certificate')
  return content.certificates
}

export interface TestCertificate {
  readonly ref: CertificateRef
  readonly chain: string
  readonly key: string
}

/** A CA whose leaves go into `blobs`. */
export class TestAuthority {
  readonly authority: Authority
  private readonly blobs: TestBlobs

  constructor(
    blobs: TestBlobs,
    name = 'Test Root',
    { lifetimeMs = HOUR, parent }: { readonly lifetimeMs?: number; readonly parent?: TestAuthority } = {},
  ) {
    this.blobs = blobs
    this.authority = createAuthority({
      subject: { commonName: name },
      now: Date.now(),
      lifetimeMs,
      backdateMs: HOUR,
      ...(parent === undefined ? {} : { parent: parent.authority }),
    })
  }

  get trust(): TrustRef {
    const { certificate } = this.authority
    return {
      name: `trust-${this.authority.certificate.length}`,
      roots: this.blobs.put(certificate),
      anchors: facts(certificate),
      origin: {},
    }
  }

  leaf(request: Partial<LeafRequest> & Pick<LeafRequest, 'subject'>): TestCertificate {
    const issued = issueLeaf(this.authority, {
      now: Date.now(),
      lifetimeMs: HOUR,
      backdateMs: HOUR / 2,
      purposes: ['serverAuth', 'clientAuth'],
      ...request,
    })
    const [leaf] = facts(issued.chain)
    if (leaf === undefined) throw new Error('no leaf')
    return {
      chain: issued.chain,
      key: issued.key,
      ref: {
        name: request.subject.commonName ?? 'leaf',
        chain: this.blobs.put(issued.chain),
        key: this.blobs.put(issued.key),
        leaf,
        origin: {},
      },
    }
  }
}
