// Everything of a cluster that routing depends on, kept up to date by watches.
import { setMaxListeners } from 'node:events'
import type { KindRef } from '../../resources/object.ts'
import type { Resource } from '../../resources/snapshot.ts'
import type { ClusterAccess } from './access.ts'
import { KINDS } from './kinds.ts'
import { KindWatch } from './watch-kind.ts'

export interface ClusterWatch {
  /** As of now. An object that did not change is the same Resource. */
  resources(): readonly Resource[]
  close(): void
}

export interface ClusterWatchOptions {
  /** Credentials: asked for again when the API has refused or was not there. */
  readonly access: () => Promise<ClusterAccess>
  /** After each change. */
  readonly changed: () => void
  /** Why a part of the cluster cannot be followed now, and when all of it can be again (undefined). Meanwhile what was known stays. */
  readonly trouble: (message: string | undefined) => void
}

/** Resolves when everything is there. Throws when the cluster cannot be reached or does not let us list one of the kinds. */
export async function watchCluster(options: ClusterWatchOptions): Promise<ClusterWatch> {
  const end = new AbortController()
  // Each request listens.
  setMaxListeners(0, end.signal)
  const broken = new Map<KindRef, string>()
  let access: Promise<ClusterAccess> | undefined
  const watches = KINDS.map(
    (kind) =>
      new KindWatch(kind, {
        access: () => {
          access ??= options.access()
          return access
        },
        changed: options.changed,
        trouble(kind, error) {
          const before = [...broken.values()][0]
          if (error) {
            access = undefined
            broken.set(kind, error.message)
          } else broken.delete(kind)
          const now = [...broken.values()][0]
          if (now !== before) options.trouble(now)
        },
        signal: end.signal,
      }),
  )
  try {
    await Promise.all(watches.map((watch) => watch.list()))
  } catch (error) {
    end.abort()
    throw error
  }
  for (const watch of watches) void watch.follow()
  return {
    resources: () => watches.flatMap(({ resources }) => [...resources]),
    close: () => end.abort(),
  }
}
