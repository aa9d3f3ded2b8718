// Where things are in a data folder (docs/architecture.md, "Data folder").
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { clusterNameProblem } from '../../iks/identity.ts'
import { UserError } from '../user-error.ts'

export interface ClusterPaths {
  readonly folder: string
  readonly lock: string
  /** Holds the id of the process that has the lock, for whoever is refused. */
  readonly holder: string
  readonly cluster: string
  readonly runtime: string
  readonly state: string
  readonly pki: string
  readonly kubeconfig: string
  readonly logs: string
  readonly log: string
  readonly accessLog: string
  readonly socket: string
}

/** The folder that holds all clusters: `--data`, else SALLYPORT_DATA, else the platform's data folder. */
export function dataRoot(option: string | undefined): string {
  return resolve(option ?? process.env['SALLYPORT_DATA'] ?? envPaths('sallyport', { suffix: '' }).data)
}

/** A unix socket's path may have 104 bytes on macOS, 108 on Linux, its end included. */
const SOCKET_PATH_LIMIT = 100

/** Throws UserError on a name that the provider would not take. */
export function clusterPaths(root: string, name: string): ClusterPaths {
  const problem = clusterNameProblem(name)
  if (problem !== undefined) throw new UserError(problem, 'Choose another --name.')
  const folder = join(root, name)
  const beside = join(folder, 'admin.sock')
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return {
    folder,
    lock: join(folder, 'lock'),
    holder: join(folder, 'lock.pid'),
    cluster: join(folder, 'cluster.json'),
    runtime: join(folder, 'runtime.json'),
    state: join(folder, 'state.db'),
    pki: join(folder, 'pki'),
    kubeconfig: join(folder, 'kubeconfig'),
    logs: join(folder, 'logs'),
    log: join(folder, 'logs', 'sallyport.log'),
    accessLog: join(folder, 'logs', 'access.log'),
    socket:
      Buffer.byteLength(beside) < SOCKET_PATH_LIMIT ? beside : join(tmpdir(), `sallyport-${digest}.sock`),
  }
}
