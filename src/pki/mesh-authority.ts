// The mesh CA: SPIFFE certificates of workloads (istio.md 4). Rotation at half of the lifetime is the caller's.
import { join } from 'node:path'
import { type Issued, issueLeaf, openAuthority } from './authority.ts'

const DAY = 86_400_000

export interface MeshAuthorityOptions {
  /** Where `mesh-root.pem` is kept. */
  readonly folder: string
  /** `cluster.local` when absent. */
  readonly trustDomain?: string
  /** Of a workload's certificate; 24 hours when absent. */
  readonly lifetimeMs?: number
  readonly now?: () => number
}

export interface MeshAuthority {
  readonly trustDomain: string
  /** PEM of the trust anchor (Istio's ROOTCA). */
  readonly root: string
  readonly lifetimeMs: number
  /** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
  identity(namespace: string, serviceAccount: string): string
  /** A new key and certificate (serverAuth and clientAuth, valid from two minutes back, `lifetimeMs` when given) for a SPIFFE id; the chain is the leaf alone. */
  issue(spiffeId: string, lifetimeMs?: number): Issued
}

/** Opens the mesh CA kept in a folder, making it on first use. Throws when its file is damaged. */
export async function openMeshAuthority(options: MeshAuthorityOptions): Promise<MeshAuthority> {
  const { folder, trustDomain = 'cluster.local', lifetimeMs = DAY, now = Date.now } = options
  const root = await openAuthority(join(folder, 'mesh-root.pem'), {
    subject: { organizations: [trustDomain] },
    now: now(),
    lifetimeMs: 3650 * DAY,
    backdateMs: 120_000,
    renewBeforeMs: 730 * DAY,
  })
  return {
    trustDomain,
    root: root.certificate,
    lifetimeMs,
    identity: (namespace, serviceAccount) => `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`,
    issue: (spiffeId, ofThisOne = lifetimeMs) =>
      issueLeaf(root, {
        subject: {},
        uri: [spiffeId],
        purposes: ['serverAuth', 'clientAuth'],
        now: now(),
        lifetimeMs: ofThisOne,
        backdateMs: 120_000,
      }),
  }
}
