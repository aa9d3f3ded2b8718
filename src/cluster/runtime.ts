// Brings the embedded cluster to life: controllers, pods as processes, service forwarding. One call, one close.
import type { ClusterOptions, ClusterRuntime } from './options.ts'

/** Starts everything that makes the objects behind `options.client` real; resolves once the platform objects exist and all controllers run. */
export async function startCluster(options: ClusterOptions): Promise<ClusterRuntime> {
  throw new Error(`under construction: ${options.folder}`)
}
