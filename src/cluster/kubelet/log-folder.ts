// Where the logs of a pod's containers are: a folder per container, a file per run.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from '../objects/pod.ts'
import type { KubeletContext } from './context.ts'
import { LogFile, removeLogFile } from './log-file.ts'

/** Below the kubelet's folder; nothing but pods' logs is in it. */
export const LOG_FOLDER = join('logs', 'pods')

/** `<folder>/logs/pods/<namespace>_<name>_<uid>` */
export function logFolder(context: Pick<KubeletContext, 'folder'>, pod: Pod): string {
  const { namespace, name, uid } = pod.metadata
  return join(context.folder, LOG_FOLDER, `${namespace}_${name}_${uid}`)
}

/** The log of a container's run number `run`, counted from 0. Of earlier runs only the last one's is kept. */
export function openRunLog(
  context: Pick<KubeletContext, 'folder' | 'now'>,
  pod: Pod,
  container: string,
  run: number,
): LogFile {
  const file = (number: number) => join(logFolder(context, pod), container, `${number}.log`)
  removeLogFile(file(run - 2))
  return new LogFile(file(run), context.now)
}

/** The log of a run before this run of the cluster, as the pod's status counts them; undefined when there is none. */
export function storedLog(
  context: Pick<KubeletContext, 'folder' | 'now'>,
  pod: Pod,
  container: string,
  previous: boolean,
): LogFile | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  const status = statuses.find((one) => one.name === container)
  if (!status) return undefined
  const file = join(logFolder(context, pod), container, `${status.restartCount - (previous ? 1 : 0)}.log`)
  if (!existsSync(file)) return undefined
  const log = new LogFile(file, context.now)
  log.end()
  return log
}
