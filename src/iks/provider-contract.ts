// What control hands to the provider and gets from it.
import type { ApiClient } from '../apiserver/client.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Locate } from '../dns/locate.ts'
import type { Zones } from '../dns/zones.ts'
import type { Issuer } from '../pki/issuer.ts'
import type { ClusterIdentity } from './identity.ts'

/** Fixed facts that `ks cluster get` shows. */
export interface ClusterFacts {
  /** `https://127.X.0.1:6443`. */
  readonly masterUrl: string
  /** The Kubernetes version that the API server reports, without the `v`. */
  readonly version: string
  readonly podSubnet: string
  readonly serviceSubnet: string
}

export interface ProviderOptions {
  readonly api: ApiClient
  readonly identity: ClusterIdentity
  readonly facts: ClusterFacts
  readonly issuer: Issuer
  /** The provider adds its zones and keeps their records. */
  readonly zones: Zones
  readonly locate: Locate
  /** Loopback address of the issuer's web site (`letsencrypt.org`, port 443 through `locate`). */
  readonly siteAddress: string
  /** Address of the name server, for the zones' NS records. */
  readonly dnsAddress?: string
  /** Before expiry; 37 days of 90 when absent. */
  readonly renewBeforeMs?: number
  /** From `nlb-dns create` to its certificate; 1 second when absent. */
  readonly registrationDelayMs?: number
  /** Whether copies that users made of provider certificates are refreshed (true when absent) or reported by an event. */
  readonly refreshCopies?: boolean
  readonly report: (diagnostic: Diagnostic) => void
  /** Milliseconds since the epoch; the system's clock when absent. */
  readonly now?: () => number
}

export type CertificateStatus = 'pending' | 'created' | 'failed' | 'regenerating'

/** One domain as the provider knows it. Number 0 is the ALB's. */
export interface Domain {
  readonly number: number
  readonly host: string
  readonly ips: readonly string[]
  readonly secretName: string
  readonly secretNamespace: string
  readonly status: CertificateStatus
  readonly message: string
  /** Milliseconds since the epoch, when a certificate is in force. */
  readonly notAfter?: number
}

/** A refusal with the text for the user: shown after FAILED by the commands. */
export interface Refusal {
  readonly refused: string
}

export interface Provider {
  readonly identity: ClusterIdentity
  readonly facts: ClusterFacts
  /** The API client that the commands read with. */
  readonly api: ApiClient
  /** The ALB's first, then the registrations by number. */
  domains(): readonly Domain[]
  /** `nlb-dns create classic`: durable when it resolves; the certificate follows. */
  register(ips: readonly string[], secretNamespace: string): Promise<Domain | Refusal>
  addIps(host: string, ips: readonly string[]): Promise<Domain | Refusal>
  /** Removing the last address removes the registration, its names and its secret. */
  removeIp(host: string, ip: string): Promise<Domain | Refusal>
  /** Issues a new certificate now (`nlb-dns secret regenerate`). */
  regenerate(host: string): Promise<Domain | Refusal>
  /** Calls `listener` after each change of `domains()`; returns the function that ends that. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}
