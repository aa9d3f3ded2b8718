// cluster.json: what makes a cluster itself. Written once, when the cluster is created.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ClusterIdentity, createIdentity } from '../../iks/identity.ts'
import { UserError } from '../user-error.ts'
import { writeFileAtomic } from './write-file.ts'

/** The format of the data folder that this version reads and writes. */
export const DATA_FORMAT = 1

export interface ClusterFile {
  readonly format: number
  readonly identity: ClusterIdentity
  /** `127.X.0.0/16`. */
  readonly range: string
  /** Deleted when the cluster stops. */
  readonly ephemeral: boolean
}

/** A new cluster with an identity of its own. */
export function newCluster(name: string, range: string, ephemeral: boolean): ClusterFile {
  return { format: DATA_FORMAT, identity: createIdentity(name, randomBytes, Date.now()), range, ephemeral }
}

/** Reads cluster.json; undefined when there is none. Throws UserError on one that this version cannot use. */
export function readCluster(path: string): ClusterFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new UserError(
      `${path} is not valid JSON`,
      'Restore it from a backup, or use another --data folder.',
      error,
    )
  }
  const format =
    typeof parsed === 'object' && parsed !== null && 'format' in parsed ? parsed.format : undefined
  if (typeof format !== 'number')
    throw new UserError(`${path} is not a cluster of sallyport`, 'Use another --data folder.')
  if (format > DATA_FORMAT) {
    throw new UserError(
      `${path} was written by a newer version (format ${format}; this one reads up to ${DATA_FORMAT})`,
      'Use that version, or another --data folder.',
    )
  }
  return parsed as ClusterFile
}

export function writeCluster(path: string, cluster: ClusterFile): void {
  writeFileAtomic(path, `${JSON.stringify(cluster, null, 2)}\n`)
}
