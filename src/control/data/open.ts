// Opens a cluster's data folder for the process that runs the cluster: creates it, locks it, refuses what it cannot use.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '../user-error.ts'
import { type ClusterFile, newCluster, readCluster, writeCluster } from './cluster-file.ts'
import { takeLock } from './lock.ts'
import type { ClusterPaths } from './paths.ts'
import { removeRuntime } from './runtime-file.ts'

export interface OpenFolder {
  readonly cluster: ClusterFile
  /** Whether it was made just now. */
  readonly created: boolean
  /** Gives the folder free; an ephemeral one is deleted. */
  close(): void
}

/** `chooseRange` is asked for a new cluster. Throws UserError: in use by another process, newer format, not writable, ephemeral over kept state. */
export async function openFolder(
  paths: ClusterPaths,
  name: string,
  options: { readonly ephemeral: boolean; readonly chooseRange: () => Promise<string> },
): Promise<OpenFolder> {
  createFolder(paths)
  // Read before the lock is taken: a newer version may lock differently.
  readCluster(paths.cluster)
  const lock = lockOf(paths)
  try {
    let stored = readCluster(paths.cluster)
    if (stored && options.ephemeral && !stored.ephemeral) {
      throw new UserError(
        `${paths.folder} holds a cluster that is kept`,
        'Leave --ephemeral out to resume it, or choose another --name.',
      )
    }
    if (stored?.ephemeral) {
      // A killed ephemeral cluster left its folder: none of it is to be kept.
      for (const path of [paths.state, `${paths.state}-wal`, `${paths.state}-shm`, paths.pki, paths.cluster])
        rmSync(path, { recursive: true, force: true })
      stored = undefined
    }
    const cluster = stored ?? newCluster(name, await options.chooseRange(), options.ephemeral)
    if (!stored) writeCluster(paths.cluster, cluster)
    removeRuntime(paths.runtime)
    writeFileSync(paths.holder, String(process.pid))
    return {
      cluster,
      created: !stored,
      close() {
        removeRuntime(paths.runtime)
        rmSync(paths.socket, { force: true })
        rmSync(paths.holder, { force: true })
        if (cluster.ephemeral) rmSync(paths.folder, { recursive: true, force: true })
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Makes the folder of a cluster, for its owner only. Throws UserError when that cannot be. */
export function createFolder(paths: ClusterPaths): void {
  try {
    mkdirSync(paths.logs, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UserError(
      `the data folder ${paths.folder} cannot be created: ${messageOf(error)}`,
      'Choose another with --data.',
      error,
    )
  }
}

function lockOf(paths: ClusterPaths): { release(): void } {
  let lock: ReturnType<typeof takeLock>
  try {
    lock = takeLock(paths.lock)
  } catch (error) {
    throw new UserError(
      `the data folder ${paths.folder} cannot be locked: ${messageOf(error)}`,
      'Check that it is on a local, writable disk with free space, or choose another with --data.',
      error,
    )
  }
  if (lock) return lock
  throw new UserError(
    `another process${holderOf(paths)} uses the data folder ${paths.folder}`,
    'Stop it with `sallyport down`, or choose another --name or --data.',
  )
}

function holderOf(paths: ClusterPaths): string {
  try {
    return ` (pid ${readFileSync(paths.holder, 'utf8')})`
  } catch {
    // It has taken the lock just now.
    return ''
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
