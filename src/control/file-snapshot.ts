// Files as the snapshot that a running cluster would have: for commands that work without one.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { createAuthority, issueLeaf } from '../pki/authority.ts'
import { PemStore } from '../pki/blob-store.ts'
import type { MeshAuthority } from '../pki/mesh-authority.ts'
import { defaultPlatform, type Resource, type Snapshot } from '../resources/snapshot.ts'
import { expand } from '../sources/files/expand/expand.ts'
import { objectsOf } from '../sources/files/objects.ts'
import { readFiles } from '../sources/files/read-files.ts'
import { fetchText } from './fetch-text.ts'
import { IssuerKeys } from './loop/issuer-keys.ts'
import { MeshIdentityKeeper } from './loop/mesh-identities.ts'
import { PemIndexes } from './loop/pem-indexes.ts'

export interface FileSnapshot {
  readonly snapshot: Snapshot
  /** Of reading the files. */
  readonly diagnostics: readonly Diagnostic[]
  /** The files' texts by path: for frames under diagnostics. */
  readonly texts: ReadonlyMap<string, string>
}

const DAY = 86_400_000

/** Everything under these paths with what a cluster would add: pods, addresses, doors, mesh identities. `now` in ms since the epoch. Throws when a path cannot be read. */
export async function fileSnapshot(
  paths: readonly string[],
  options: { readonly now: number; readonly namespace?: string; readonly held?: Held },
): Promise<FileSnapshot> {
  const { resources, diagnostics, texts } = await readFiles(paths, options.namespace)
  return {
    snapshot: await snapshotWithKeys(expand(resources), options.now, options.held),
    diagnostics,
    texts,
  }
}

/** Resources as a snapshot at `now` (ms since the epoch), with facts of their certificates and mesh identities of the moment. */
export function assembleSnapshot(
  resources: readonly Resource[],
  now: number,
  held = hold(passingAuthority(now)),
  issuerKeys: Snapshot['issuerKeys'] = new Map(),
): Snapshot {
  const objects = objectsOf(resources)
  return {
    time: now,
    objects,
    pem: held.pem.read(objects),
    identities: held.identities.read(objects, now),
    issuerKeys,
    platform: defaultPlatform,
  }
}

/** The same, with the keys of token issuers as they answer now, or answered last. */
export async function snapshotWithKeys(
  resources: readonly Resource[],
  now: number,
  known?: Held,
): Promise<Snapshot> {
  const held = known ?? hold(passingAuthority(now))
  const objects = objectsOf(resources)
  held.issuerKeys.read(objects)
  await held.issuerKeys.settled()
  const issuerKeys = held.issuerKeys.read(objects)
  if (known === undefined) held.issuerKeys.close()
  return assembleSnapshot(resources, now, held, issuerKeys)
}

/** What stays from one snapshot to the next: bytes of certificates, identities, keys of issuers. */
export interface Held {
  readonly store: PemStore
  readonly pem: PemIndexes
  readonly identities: MeshIdentityKeeper
  readonly issuerKeys: IssuerKeys
}

/** Nothing held yet; identities will be of this authority. `onChange` is told when keys of issuers came or changed. */
export function hold(authority: MeshAuthority, onChange?: () => void): Held {
  const store = new PemStore()
  return {
    store,
    pem: new PemIndexes(store),
    identities: new MeshIdentityKeeper(authority, store),
    issuerKeys: new IssuerKeys({
      fetch: (uri, timeoutMs) => fetchText(uri, { timeoutMs }),
      ...(onChange === undefined ? {} : { onChange }),
    }),
  }
}

/** A mesh CA that exists for one command only. */
export function passingAuthority(now: number): MeshAuthority {
  const trustDomain = defaultPlatform.clusterDomain
  const lifetime = { now, lifetimeMs: DAY, backdateMs: DAY }
  const root = createAuthority({ subject: { organizations: [trustDomain] }, ...lifetime })
  return {
    trustDomain,
    root: root.certificate,
    lifetimeMs: DAY,
    identity: (namespace, account) => `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`,
    issue: (id) =>
      issueLeaf(root, { subject: {}, uri: [id], purposes: ['serverAuth', 'clientAuth'], ...lifetime }),
  }
}
