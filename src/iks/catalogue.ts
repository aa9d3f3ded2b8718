// Joins history and what is in force into the catalogue by which copies are recognised.
import { firstCertificate } from '../pki/inspect.ts'
import { type CertificatePair, leafPem } from './certificate-pair.ts'
import type { History } from './history.ts'
import type { Catalogue, Known } from './stale-copies.ts'

/** `pairs` are the certificates in force by domain label; a domain without one is left out, so that its copies stay as they are. */
export function catalogueOf(
  history: History,
  pairs: ReadonlyMap<string, CertificatePair>,
  issuer: { readonly root: string; readonly intermediate: string },
): Catalogue {
  const certificates = new Map<string, Known>()
  const keys = new Map<string, Known>()
  for (const [label, generations] of history.domains) {
    const pair = pairs.get(label)
    if (pair === undefined) continue
    for (const { fingerprint, spki, notAfter } of generations) {
      const common = { label, current: fingerprint === pair.leaf.fingerprint, notAfter }
      certificates.set(fingerprint, {
        ...common,
        what: `the certificate of ${label}`,
        replacement: leafPem(pair),
      })
      keys.set(spki, { ...common, what: `the key of ${label}`, replacement: pair.key })
    }
  }
  const own = (fingerprints: readonly string[], what: string, replacement: string) => {
    const now = firstCertificate(replacement)?.fingerprint
    for (const fingerprint of fingerprints)
      certificates.set(fingerprint, { what, current: fingerprint === now, replacement })
  }
  own(history.roots, "the issuer's root certificate", issuer.root)
  own(history.intermediates, "the issuer's intermediate certificate", issuer.intermediate)
  return { certificates, keys }
}
