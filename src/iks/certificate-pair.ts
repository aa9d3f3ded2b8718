// A certificate of one of the provider's domains with its key, as issued or as read back from a Secret.
import type { CertificateFacts } from '../pki/certificate-facts.ts'
import { firstCertificate, inspectPem } from '../pki/inspect.ts'
import { pemBlocks } from '../pki/pem.ts'
import type { Secret } from '../resources/secret.ts'

export interface CertificatePair {
  /** PEM: leaf and intermediate. */
  readonly chain: string
  readonly key: string
  readonly leaf: CertificateFacts
}

/** The pair that a PEM chain and key make; undefined when they are not certificates and their key. */
export function readPair(chain: string, key: string): CertificatePair | undefined {
  const leaf = firstCertificate(chain)
  const keyFacts = inspectPem(Buffer.from(key)).content
  if (leaf === undefined || keyFacts.kind !== 'private-key' || keyFacts.spki !== leaf.spki) return undefined
  return { chain, key, leaf }
}

/** The pair in a TLS secret (`tls.crt`, `tls.key`), if there is one. */
export function pairOfSecret(secret: Secret | undefined): CertificatePair | undefined {
  const chain = secret?.data?.['tls.crt']
  const key = secret?.data?.['tls.key']
  if (chain === undefined || key === undefined) return undefined
  return readPair(Buffer.from(chain, 'base64').toString(), Buffer.from(key, 'base64').toString())
}

/** The PEM of the leaf alone. */
export function leafPem(pair: CertificatePair): string {
  const [leaf] = pemBlocks(pair.chain).blocks
  return leaf === undefined ? '' : pair.chain.slice(leaf.start, leaf.end)
}
