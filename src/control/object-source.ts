// Where a command that keeps serving gets its objects from, again and again: files that are watched, or a cluster that is asked.
import { watch } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { keyOf } from '../resources/object.ts'
import type { Resource, Snapshot } from '../resources/snapshot.ts'
import { type ClusterChoice, clusterResources, resourcesAsSnapshot } from './cluster-snapshot.ts'
import { fileSnapshot, type Held } from './file-snapshot.ts'

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

/** A cluster, listed every `intervalMs`. An object that did not change stays the same Resource. */
export function clusterSource(choice: ClusterChoice, intervalMs: number, held: Held): ObjectSource {
  let known = new Map<string, Resource>()
  return {
    async read(now) {
      const resources = (await clusterResources(choice)).map((resource) => {
        const before = known.get(titleOf(resource))
        return before && versionOf(before) === versionOf(resource) ? before : resource
      })
      known = new Map(resources.map((resource) => [titleOf(resource), resource]))
      return { snapshot: await resourcesAsSnapshot(resources, now, held), diagnostics: [] }
    },
    watch(changed) {
      const timer = setInterval(changed, intervalMs)
      return () => clearInterval(timer)
    },
  }
}

const titleOf = ({ object }: Resource): string =>
  `${object.apiVersion} ${object.kind} ${keyOf(object.metadata)}`
const versionOf = ({ object: { metadata } }: Resource): string =>
  `${metadata.uid} ${metadata.resourceVersion}`
