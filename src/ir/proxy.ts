// One proxy per hop: the ALB, a gateway workload, a sidecar. The chain of the article is three proxies whose clusters point at one another.
import type { Origin } from '../diagnostics/origin.ts'
import type { CertificateRef, TrustRef } from './certificate.ts'
import type { Cluster } from './cluster.ts'
import type { Listener } from './listener.ts'
import type { Locality } from './locality.ts'

export interface Model {
  /** Sorted by id. A proxy that did not change is the same object from one model to the next, and so are its parts. */
  readonly proxies: readonly Proxy[]
}

export interface Proxy {
  /** `alb/<name>`, `gateway/<namespace>/<workload>`, `sidecar/<namespace>/<pod>`. */
  readonly id: string
  readonly kind: 'alb' | 'gateway' | 'sidecar'
  readonly workload: Workload
  /** Every address it listens on, one per replica. */
  readonly addresses: readonly string[]
  /** Where it runs: of several replicas, what they have in common. */
  readonly locality?: Locality
  readonly listeners: readonly Listener[]
  /** Sorted by name. */
  readonly clusters: readonly Cluster[]
  /** The mesh identity it presents to sidecars, and the anchors of its peers. */
  readonly identity?: {
    readonly spiffe: string
    readonly certificate: CertificateRef
    readonly trust: TrustRef
  }
  readonly origin: Origin
}

export interface Workload {
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly labels: Readonly<Record<string, string>>
}
