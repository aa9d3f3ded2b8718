// Where the logs of a pod's containers are.
import { join } from 'node:path'
import type { Pod } from '../objects/pod.ts'
import type { KubeletContext } from './context.ts'

/** Below the kubelet's folder; nothing but pods' logs is in it. */
export const LOG_FOLDER = join('logs', 'pods')

/** `<folder>/logs/pods/<namespace>_<name>_<uid>`; a folder per container and a file per run are in it. */
export function logFolder(context: Pick<KubeletContext, 'folder'>, pod: Pod): string {
  const { namespace, name, uid } = pod.metadata
  return join(context.folder, LOG_FOLDER, `${namespace}_${name}_${uid}`)
}
