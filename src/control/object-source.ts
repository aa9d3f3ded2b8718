// Where a command that keeps serving gets its objects from, again and again: files or a cluster, both watched.
import { watch } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Snapshot } from '../resources/snapshot.ts'
import { type ClusterWatch, watchCluster } from '../sources/cluster/watch-cluster.ts'
import { accessOf, type ClusterChoice, resourcesAsSnapshot, unreadable } from './cluster-snapshot.ts'
import { fileSnapshot, type Held } from './file-snapshot.ts'
import { UserError } from './user-error.ts'

export interface ObjectSource {
  /** Everything as of `now` (ms). Throws when any of it cannot be read: what was read before is still the best there is. */
  read(now: number): Promise<{ readonly snapshot: Snapshot; readonly diagnostics: readonly Diagnostic[] }>
  /** Calls back when there may be something new; returns how to stop that. */
  watch(changed: () => void): () => void
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 50

/** Files and folders of manifests. */
export function fileSource(
  paths: readonly string[],
  namespace: string | undefined,
  held: Held,
): ObjectSource {
  return {
    read: (now) => fileSnapshot(paths, { now, held, ...(namespace === undefined ? {} : { namespace }) }),
    watch(changed) {
      let timer: NodeJS.Timeout | undefined
      const soon = () => {
        clearTimeout(timer)
        timer = setTimeout(changed, SETTLE_MS)
      }
      const watchers = paths.map((path) => watch(resolve(path), { recursive: true }, soon))
      return () => {
        clearTimeout(timer)
        for (const watcher of watchers) watcher.close()
      }
    },
  }
}

/** A cluster, followed by watches from the first reading on. `say` is told when it cannot be followed, and when it can again. */
export function clusterSource(choice: ClusterChoice, held: Held, say: (text: string) => void): ObjectSource {
  let changed = (): void => undefined
  let following: Promise<ClusterWatch> | undefined
  const follow = async (): Promise<ClusterWatch> => {
    let server = ''
    return watchCluster({
      access: async () => {
        const access = await accessOf(choice)
        server = access.server
        return access
      },
      changed: () => changed(),
      trouble: (message) =>
        say(
          message === undefined
            ? `the cluster at ${server} is followed again`
            : `the cluster at ${server} cannot be followed: ${message}; the last good configuration stays`,
        ),
    }).catch((error: Error) => {
      throw error instanceof UserError ? error : unreadable({ server, options: {} }, error)
    })
  }
  return {
    async read(now) {
      following ??= follow()
      const resources = (await following).resources()
      return { snapshot: await resourcesAsSnapshot(resources, now, held), diagnostics: [] }
    },
    watch(callback) {
      changed = callback
      return () => void following?.then((watch) => watch.close())
    },
  }
}
