// A cluster that runs somewhere as a snapshot: for commands that read it without changing anything.
import type { Ingress } from '../resources/ingress.ts'
import type { Resource, Snapshot } from '../resources/snapshot.ts'
import { type ClusterAccess, ownAccess } from '../sources/cluster/access.ts'
import { readKubeconfig } from '../sources/cluster/kubeconfig.ts'
import { readCluster } from '../sources/cluster/read-cluster.ts'
import { expand } from '../sources/files/expand/expand.ts'
import { type Held, snapshotWithKeys } from './file-snapshot.ts'
import { UserError } from './user-error.ts'

/** Which cluster: one that runs here, by the kubeconfig that we wrote for it, or one that a user's kubeconfig names. */
export type ClusterChoice =
  | { readonly own: string }
  | {
      /** Absent: KUBECONFIG, else ~/.kube/config. */
      readonly kubeconfig?: string
      /** Absent: the current context. */
      readonly context?: string
    }

/** How to reach it. Throws UserError when the kubeconfig does not say. */
export async function accessOf(choice: ClusterChoice): Promise<ClusterAccess> {
  if ('own' in choice) return ownAccess(choice.own)
  const { kubeconfig, context } = choice
  return readKubeconfig({
    ...(kubeconfig === undefined ? {} : { path: kubeconfig }),
    ...(context === undefined ? {} : { context }),
  }).catch((error: Error) => {
    throw new UserError(error.message, 'Correct the kubeconfig, or --kubeconfig and --context.', error)
  })
}

/** What is in the cluster. Throws UserError when it cannot be read. */
export async function clusterResources(choice: ClusterChoice): Promise<readonly Resource[]> {
  const access = await accessOf(choice)
  return readCluster(access).catch((error: Error) => {
    throw unreadable(access, error)
  })
}

/** What a user is told whose cluster cannot be read. */
export const unreadable = ({ server }: ClusterAccess, error: Error): UserError =>
  new UserError(
    `the cluster at ${server} cannot be read: ${error.message}`,
    'It must be reachable, and you must be allowed to list and watch pods, services, secrets and the kinds of Istio in all namespaces.',
    error,
  )

/** A cluster's resources as of `now` (ms). Where Ingresses have no load balancer of ours in it, one is assumed. */
export async function resourcesAsSnapshot(
  resources: readonly Resource[],
  now: number,
  held?: Held,
): Promise<Snapshot> {
  const ingresses = resources.some(
    ({ object }) => object.kind === 'Ingress' && (object as Ingress).spec !== undefined,
  )
  return snapshotWithKeys(expand(resources, { platform: ingresses ? ['alb'] : [] }), now, held)
}

/** The cluster as of `now` (ms). Throws UserError when it cannot be read. */
export async function clusterSnapshot(choice: ClusterChoice, now: number): Promise<Snapshot> {
  return resourcesAsSnapshot(await clusterResources(choice), now)
}
