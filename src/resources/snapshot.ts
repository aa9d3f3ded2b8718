// The immutable input of compile: all objects, what is known of certificates, and the platform's fixed facts. No clock but `time`.
import type { Origin } from '../diagnostics/origin.ts'
import type { CertificateRef, PemFacts, TrustRef } from '../ir/certificate.ts'
import type { KindRef, KubeObject } from './object.ts'
import { keyOf } from './object.ts'

/** An object with the way back to where each of its fields was written. Stays the same JavaScript object while the stored object does not change. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly object: T
  /** The origin of a field; file and line when the object was read from a file. `''` is the object itself. */
  readonly origin: (field: string) => Origin
  /** The apiVersion in which it was written, when that is not the one it is stored in. */
  readonly written?: string
}

/** Facts of the PEM values of one Secret or ConfigMap, by data key. */
export type PemIndex = ReadonlyMap<string, PemFacts>

/** Mesh identities issued by the mesh CA. */
export interface MeshIdentities {
  readonly trustDomain: string
  readonly trust: TrustRef
  /** By SPIFFE id (`spiffe://cluster.local/ns/x/sa/y`). */
  readonly certificates: ReadonlyMap<string, CertificateRef>
}

/** The keys of an issuer as they were fetched last, or why there are none. */
export interface FetchedKeys {
  /** JSON Web Key Set (RFC 7517), as text. Stays while later attempts fail. */
  readonly text?: string
  /** Of the last attempt, when it failed. */
  readonly problem?: string
}

/** What does not come from objects. */
export interface Platform {
  /** `cluster.local`. */
  readonly clusterDomain: string
  /** Istio's root namespace: `istio-system`. */
  readonly rootNamespace: string
  /** Namespaces searched for an Ingress's TLS secret after its own: `default`, `ibm-cert-store`. */
  readonly secretFallback: readonly string[]
  /** Where spans go when no object says otherwise (OTEL_EXPORTER_OTLP_ENDPOINT). */
  readonly collector?: {
    readonly address: string
    readonly port: number
    /** As the collector is to see itself: `otel.example:4318`. */
    readonly authority: string
    readonly path: string
    /** Names are lower case. */
    readonly headers: readonly (readonly [name: string, value: string])[]
    readonly samplePercent: number
  }
}

export const defaultPlatform: Platform = {
  clusterDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  secretFallback: ['default', 'ibm-cert-store'],
}

export interface Snapshot {
  /** Milliseconds since the epoch: decides which certificates are valid. */
  readonly time: number
  /** By kind key (`Kind` or `Kind.group`), then by `namespace/name`. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Resource>>
  /** By `Secret namespace/name` or `ConfigMap namespace/name`; computed where the bytes are known, outside of compile. */
  readonly pem: ReadonlyMap<string, PemIndex>
  readonly identities: MeshIdentities
  /** By URI: a jwksUri, or the discovery document of an issuer. Absent: nothing was fetched. */
  readonly issuerKeys?: ReadonlyMap<string, FetchedKeys>
  readonly platform: Platform
}

/** `Ingress.networking.k8s.io`, `Secret`: the key of a kind in a snapshot, whatever its version. */
export function kindKey(kind: Pick<KindRef, 'group' | 'kind'>): string {
  return kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
}

/** All objects of a kind, sorted by key. */
export function listOf<T extends KubeObject>(
  snapshot: Snapshot,
  kind: Pick<KindRef, 'group' | 'kind'>,
): readonly Resource<T>[] {
  const all = snapshot.objects.get(kindKey(kind))
  if (!all) return []
  return [...all.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, resource]) => resource as Resource<T>)
}

/** One object, or undefined. */
export function getOf<T extends KubeObject>(
  snapshot: Snapshot,
  kind: Pick<KindRef, 'group' | 'kind'>,
  name: string,
  namespace?: string,
): Resource<T> | undefined {
  const key = keyOf(namespace === undefined ? { name } : { name, namespace })
  return snapshot.objects.get(kindKey(kind))?.get(key) as Resource<T> | undefined
}
