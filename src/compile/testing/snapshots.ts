// Snapshots for tests of compile, from manifests and certificates issued on the spot.

import type { CertificateRef } from '../../ir/certificate.ts'
import { createAuthority, issueLeaf } from '../../pki/authority.ts'
import { digestOf, inspectPem } from '../../pki/inspect.ts'
import type { Secret } from '../../resources/secret.ts'
import {
  defaultPlatform,
  type MeshIdentities,
  type PemIndex,
  type Resource,
  type Snapshot,
} from '../../resources/snapshot.ts'
import { objectsOf } from '../../sources/files/objects.ts'

const DAY = 86_400_000
/** Now, in tests of compile. */
export const NOW = 1_768_435_200_000

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const root = createAuthority({
  subject: { commonName: 'test root' },
  now: NOW,
  lifetimeMs: 3650 * DAY,
  backdateMs: DAY,
})

/** The PEM of the CA that signs everything here. */
export const rootPem = root.certificate

/** A certificate with its key for these names, valid from an hour ago for 90 days around `now`. */
export function issue(names: readonly string[], now = NOW): { readonly crt: string; readonly key: string } {
  const issued = issueLeaf(root, {
    subject: { commonName: names[0] ?? 'x' },
    dns: names,
    purposes: ['serverAuth', 'clientAuth'],
    now,
    lifetimeMs: 90 * DAY,
    backdateMs: 3_600_000,
  })
  return { crt: issued.chain, key: issued.key }
}

/** A Secret holding texts. */
export function secret(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): Resource<Secret> {
  const object: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])),
  }
  return {
    object,
    origin: (field) => ({ object: { apiVersion: 'v1', kind: 'Secret', namespace, name }, field }),
  }
}

const pemOfObject = new WeakMap<object, PemIndex>()

function pemOf(resource: Resource): PemIndex {
  const known = pemOfObject.get(resource)
  if (known !== undefined) return known
  const { data } = resource.object as Secret
  const index: PemIndex = new Map(
    Object.entries(data ?? {}).map(([key, text]) => [key, inspectPem(bytes(atob(text)))]),
  )
  pemOfObject.set(resource, index)
  return index
}

/** Mesh identities for `namespace/serviceAccount` pairs. */
export function identitiesFor(accounts: readonly string[]): MeshIdentities {
  const certificates = new Map<string, CertificateRef>()
  for (const account of accounts) {
    const [namespace, name] = account.split('/')
    const id = `spiffe://cluster.local/ns/${namespace}/sa/${name}`
    const issued = issueLeaf(root, {
      subject: {},
      uri: [id],
      purposes: ['serverAuth', 'clientAuth'],
      now: NOW,
      lifetimeMs: DAY,
    })
    const facts = inspectPem(bytes(issued.chain))
    const leaf = facts.content.kind === 'certificates' ? facts.content.certificates[0] : undefined
    if (leaf === undefined) throw new Error('nothing was issued')
    certificates.set(id, {
      name: id,
      chain: facts.digest,
      key: digestOf(bytes(issued.key)),
      leaf,
      origin: {},
    })
  }
  const facts = inspectPem(bytes(rootPem))
  const anchors = facts.content.kind === 'certificates' ? facts.content.certificates : []
  return {
    trustDomain: 'cluster.local',
    trust: { name: 'ROOTCA', roots: facts.digest, anchors, origin: {} },
    certificates,
  }
}

/** The snapshot of these resources. */
export function snapshotOf(resources: readonly Resource[], identities: MeshIdentities, time = NOW): Snapshot {
  const secrets = resources.filter(({ object }) => object.kind === 'Secret')
  return {
    time,
    objects: objectsOf(resources),
    pem: new Map(
      secrets.map((one) => [
        `Secret ${one.object.metadata.namespace}/${one.object.metadata.name}`,
        pemOf(one),
      ]),
    ),
    identities,
    platform: defaultPlatform,
  }
}
