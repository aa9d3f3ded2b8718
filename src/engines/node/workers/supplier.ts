// What a model needs besides itself: certificates and keys by digest, and session ticket keys, so that a client may resume at one worker what it began
// at another.
import { randomBytes } from 'node:crypto'
import type { CertificateRef, Digest, TrustRef } from '../../../ir/certificate.ts'
import type { Model, Proxy } from '../../../ir/proxy.ts'
import type { PeerVerification } from '../../../ir/tls.ts'
import type { BlobStore } from '../../engine.ts'
import { downstreamTlsKey } from '../lower/tls-key.ts'
import { TICKET_KEY_BYTES } from '../run/tls/terminator.ts'
import type { Supplies } from './messages.ts'

/** What one proxy needs. */
interface Needs {
  readonly digests: ReadonlySet<Digest>
  readonly settings: ReadonlySet<string>
}

export class Supplier {
  private readonly blobs = new Map<Digest, Uint8Array>()
  /**
   * By the content of the TLS settings, as each worker's contexts are. They are drawn when settings come into the model and gone with them: no session
   * outlives the trust it began under.
   */
  private readonly ticketKeys = new Map<string, Uint8Array>()
  private readonly needs = new WeakMap<Proxy, Needs>()

  /** What the model needs that the one before did not. A digest that the store does not hold is looked for again with each model. */
  delta(model: Model, store: BlobStore): Supplies {
    const wanted = model.proxies.map((proxy) => this.needsOf(proxy))
    const digests = new Set(wanted.flatMap((needs) => [...needs.digests]))
    const settings = new Set(wanted.flatMap((needs) => [...needs.settings]))
    const dropped = [...dropOthers(this.blobs, digests), ...dropOthers(this.ticketKeys, settings)]
    const blobs = new Map<Digest, Uint8Array>()
    for (const digest of digests) {
      const bytes = this.blobs.has(digest) ? undefined : store.get(digest)
      if (bytes !== undefined) blobs.set(digest, bytes)
    }
    const ticketKeys = new Map<string, Uint8Array>()
    for (const key of settings)
      if (!this.ticketKeys.has(key)) ticketKeys.set(key, randomBytes(TICKET_KEY_BYTES))
    for (const [digest, bytes] of blobs) this.blobs.set(digest, bytes)
    for (const [key, bytes] of ticketKeys) this.ticketKeys.set(key, bytes)
    return { blobs, ticketKeys, dropped }
  }

  /** All that the last model needs. */
  whole(): Supplies {
    return { blobs: this.blobs, ticketKeys: this.ticketKeys, dropped: [] }
  }

  private needsOf(proxy: Proxy): Needs {
    let needs = this.needs.get(proxy)
    if (needs === undefined) {
      needs = needsOf(proxy)
      this.needs.set(proxy, needs)
    }
    return needs
  }
}

function needsOf({ listeners, clusters }: Proxy): Needs {
  const digests = new Set<Digest>()
  const settings = new Set<string>()
  const identity = ({ chain, key }: CertificateRef): void => void digests.add(chain).add(key)
  const anchors = ({ roots, crl }: TrustRef): void => {
    digests.add(roots)
    if (crl !== undefined) digests.add(crl)
  }
  const verify = (rule: PeerVerification | undefined): void => {
    if (rule !== undefined) anchors(rule.trust)
  }
  for (const { tls } of listeners.flatMap((listener) => listener.filterChains)) {
    if (tls === undefined) continue
    settings.add(downstreamTlsKey(tls))
    tls.certificates.forEach(identity)
    if (tls.clientCertificate.mode !== 'none') verify(tls.clientCertificate.verify)
  }
  for (const { tls } of clusters) {
    if (tls === undefined) continue
    if (tls.context.certificate !== undefined) identity(tls.context.certificate)
    if (tls.context.verify !== 'off') verify(tls.context.verify)
  }
  return { digests, settings }
}

function dropOthers(map: Map<string, unknown>, wanted: ReadonlySet<string>): string[] {
  const gone = [...map.keys()].filter((key) => !wanted.has(key))
  for (const key of gone) map.delete(key)
  return gone
}
