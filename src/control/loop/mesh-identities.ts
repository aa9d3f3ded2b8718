// The mesh identities of all proxies: issued when a service account first has one, renewed at half of their life (istio.md 4).
import type { CertificateRef, TrustRef } from '../../ir/certificate.ts'
import type { Lease, PemStore } from '../../pki/blob-store.ts'
import { digestOf, inspectPem } from '../../pki/inspect.ts'
import type { MeshAuthority } from '../../pki/mesh-authority.ts'
import { POD } from '../../resources/kinds.ts'
import { APP_ADDRESS_ANNOTATION, type Pod, PROXY_ANNOTATION, TLS_MODE_LABEL } from '../../resources/pod.ts'
import { kindKey, type MeshIdentities, type Snapshot } from '../../resources/snapshot.ts'

interface Held {
  readonly reference: CertificateRef
  readonly renewAt: number
  readonly lease: Lease
}

export class MeshIdentityKeeper {
  readonly #authority: MeshAuthority
  readonly #store: PemStore
  readonly #trust: TrustRef
  readonly #held = new Map<string, Held>()
  #retired: Lease[] = []
  #answer: MeshIdentities
  #seen: unknown

  constructor(authority: MeshAuthority, store: PemStore) {
    this.#authority = authority
    this.#store = store
    const root = Buffer.from(authority.root)
    const facts = inspectPem(root)
    store.hold([root])
    this.#trust = {
      name: 'ROOTCA',
      roots: facts.digest,
      anchors: facts.content.kind === 'certificates' ? facts.content.certificates : [],
      origin: {},
    }
    this.#answer = this.#answerNow()
  }

  /** Identities for every proxy among these pods. The same object as long as nobody came, went or was renewed. */
  read(objects: Snapshot['objects'], now: number): MeshIdentities {
    const pods = objects.get(kindKey(POD))
    if (this.#seen === pods && now < this.nextRenewal()) return this.#answer
    this.#seen = pods
    const wanted = new Set<string>()
    for (const { object } of pods?.values() ?? []) {
      if (isProxy(object as Pod)) wanted.add(this.#identityOf(object as Pod))
    }
    let changed = false
    for (const id of wanted) {
      const held = this.#held.get(id)
      if (held && now < held.renewAt) continue
      if (held) this.#retired.push(held.lease)
      this.#held.set(id, this.#issue(id))
      changed = true
    }
    for (const [id, { lease }] of this.#held) {
      if (wanted.has(id)) continue
      this.#held.delete(id)
      this.#retired.push(lease)
      changed = true
    }
    if (changed) this.#answer = this.#answerNow()
    return this.#answer
  }

  /** When the next certificate is due, ms since the epoch. */
  nextRenewal(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#held.values()].map(({ renewAt }) => renewAt))
  }

  /** As in PemIndexes. */
  takeRetired(): readonly Lease[] {
    const retired = this.#retired
    this.#retired = []
    return retired
  }

  #answerNow(): MeshIdentities {
    return {
      trustDomain: this.#authority.trustDomain,
      trust: this.#trust,
      certificates: new Map([...this.#held].map(([id, { reference }]) => [id, reference])),
    }
  }

  #identityOf(pod: Pod): string {
    const account = pod.spec?.serviceAccountName
    return this.#authority.identity(
      pod.metadata.namespace ?? 'default',
      account === undefined || account === '' ? 'default' : account,
    )
  }

  #issue(id: string): Held {
    const issued = this.#authority.issue(id)
    const chain = Buffer.from(issued.chain)
    const key = Buffer.from(issued.key)
    const facts = inspectPem(chain)
    const leaf = facts.content.kind === 'certificates' ? facts.content.certificates[0] : undefined
    if (!leaf) throw new Error(`the mesh authority issued no certificate for ${id}`)
    return {
      reference: { name: id, chain: facts.digest, key: digestOf(key), leaf, origin: {} },
      renewAt: issued.notAfter - this.#authority.lifetimeMs / 2,
      lease: this.#store.hold([chain, key]),
    }
  }
}

/** Whether a pod's address belongs to a proxy: the ALB, a gateway, or a sidecar in front of its program. */
function isProxy(pod: Pod): boolean {
  const { annotations, labels } = pod.metadata
  return (
    annotations?.[PROXY_ANNOTATION] !== undefined ||
    annotations?.[APP_ADDRESS_ANNOTATION] !== undefined ||
    labels?.[TLS_MODE_LABEL] === 'istio'
  )
}
