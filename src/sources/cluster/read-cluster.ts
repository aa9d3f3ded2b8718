// Everything of a cluster that routing depends on, read once through its API.
import type { Resource } from '../../resources/snapshot.ts'
import type { ClusterAccess } from './access.ts'
import { KINDS, resource } from './kinds.ts'
import { listKind } from './list-kind.ts'

/** Reads the cluster. Throws when it cannot be reached or does not let us list one of the kinds: half a picture would give false findings. */
export async function readCluster(access: ClusterAccess): Promise<readonly Resource[]> {
  const all = await Promise.all(
    KINDS.map(async (kind) => {
      const { items = [] } = (await listKind(access, kind)) ?? {}
      return items.map((item) => resource(kind, item))
    }),
  )
  return all.flat()
}
