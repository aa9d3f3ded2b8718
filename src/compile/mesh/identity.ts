// The mesh identity of a workload: its SPIFFE id, its certificate, its anchors.
import type { Proxy, Workload } from '../../ir/proxy.ts'
import { readIdentity, readMesh } from '../graph/inputs.ts'
import type { Read } from '../graph/query.ts'

/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
export function spiffeOf(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`
}

/** The identity of a proxy, once the mesh CA has issued it. */
export function identityOf(
  read: Read,
  workload: Pick<Workload, 'namespace' | 'serviceAccount'>,
): Proxy['identity'] {
  const { trustDomain, trust } = readMesh(read)
  const spiffe = spiffeOf(trustDomain, workload.namespace, workload.serviceAccount)
  const certificate = readIdentity(read, spiffe)
  return certificate === undefined ? undefined : { spiffe, certificate, trust }
}
