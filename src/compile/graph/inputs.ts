// The inputs of compile as queries: objects, certificate facts, identities, platform facts, and time only as "is this certificate valid now".
import type { CertificateRef, TrustRef } from '../../ir/certificate.ts'
import type { KindRef, KubeObject } from '../../resources/object.ts'
import type { FetchedKeys, PemIndex, Platform, Resource, Snapshot } from '../../resources/snapshot.ts'
import { kindKey } from '../../resources/snapshot.ts'
import { joinKey, type Query, type Read } from './query.ts'

const objectsOf = (snapshot: Snapshot, kind: string): ReadonlyMap<string, Resource> | undefined =>
  snapshot.objects.get(kind)

const kindOf = (key: string): string => key.slice(0, key.indexOf(' '))
const nameOf = (key: string): string => key.slice(key.indexOf(' ') + 1)

const objectQuery: Query<Resource | undefined> = {
  name: 'object',
  source: (snapshot, key) => objectsOf(snapshot, kindOf(key)),
  input: (snapshot, key) => objectsOf(snapshot, kindOf(key))?.get(nameOf(key)),
}

const keysQuery: Query<readonly string[]> = {
  name: 'keys',
  source: objectsOf,
  input: (snapshot, kind, previous) => {
    const objects = objectsOf(snapshot, kind)
    if (objects === undefined) return []
    if (previous?.length === objects.size && previous.every((key) => objects.has(key))) return previous
    return [...objects.keys()].sort()
  },
}

const pemQuery: Query<PemIndex | undefined> = {
  name: 'pem',
  source: (snapshot) => snapshot.pem,
  input: (snapshot, key) => snapshot.pem.get(key),
}

const identityQuery: Query<CertificateRef | undefined> = {
  name: 'identity',
  source: (snapshot) => snapshot.identities.certificates,
  input: (snapshot, spiffe) => snapshot.identities.certificates.get(spiffe),
}

/** The mesh's trust domain and anchors. */
export interface MeshTrust {
  readonly trustDomain: string
  readonly trust: TrustRef
}

const meshQuery: Query<MeshTrust> = {
  name: 'mesh',
  source: (snapshot) => snapshot.identities,
  input: (snapshot) => ({ trustDomain: snapshot.identities.trustDomain, trust: snapshot.identities.trust }),
}

const issuerKeysQuery: Query<FetchedKeys | undefined> = {
  name: 'issuer-keys',
  source: (snapshot) => snapshot.issuerKeys,
  input: (snapshot, uri) => snapshot.issuerKeys?.get(uri),
}

const platformQuery: Query<Platform> = {
  name: 'platform',
  source: (snapshot) => snapshot.platform,
  input: (snapshot) => snapshot.platform,
}

/** Where now lies in a validity period. */
export type Validity = 'early' | 'valid' | 'expired'

/** Keyed by `notBefore notAfter`: also the list of all moments at which the answer may change. */
export const validityQuery: Query<Validity> = {
  name: 'validity',
  source: (snapshot) => snapshot.time,
  input: (snapshot, key) => {
    const [from, to] = key.split(' ').map(Number)
    if (snapshot.time < (from ?? 0)) return 'early'
    return snapshot.time > (to ?? 0) ? 'expired' : 'valid'
  },
}

/** One object of a kind, by `namespace/name` (or `name`). */
export function readObject<T extends KubeObject>(
  read: Read,
  kind: Pick<KindRef, 'group' | 'kind'>,
  key: string,
): Resource<T> | undefined {
  return read(objectQuery, `${kindKey(kind)} ${key}`) as Resource<T> | undefined
}

/** The sorted keys of all objects of a kind: changes only when one is added or removed. */
export function readKeys(read: Read, kind: Pick<KindRef, 'group' | 'kind'>): readonly string[] {
  return read(keysQuery, kindKey(kind))
}

/** Certificate facts of a Secret or ConfigMap (`Secret namespace/name`). */
export function readPem(read: Read, key: string): PemIndex | undefined {
  return read(pemQuery, key)
}

/** The mesh certificate of a SPIFFE id, once issued. */
export function readIdentity(read: Read, spiffe: string): CertificateRef | undefined {
  return read(identityQuery, spiffe)
}

/** What was fetched from a URI of an issuer's keys; undefined: nothing yet. */
export function readIssuerKeys(read: Read, uri: string): FetchedKeys | undefined {
  return read(issuerKeysQuery, uri)
}

/** The mesh's trust domain and anchors. */
export function readMesh(read: Read): MeshTrust {
  return read(meshQuery, '')
}

/** The platform's fixed facts. */
export function readPlatform(read: Read): Platform {
  return read(platformQuery, '')
}

/** Whether now is within a validity period (ms since the epoch); the reader runs again only when that changes. */
export function readValidity(read: Read, notBefore: number, notAfter: number): Validity {
  return read(validityQuery, joinKey(notBefore, notAfter))
}
