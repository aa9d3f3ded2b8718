// Where a command that explains gets its objects: files, the cluster of a kubeconfig, or the cluster that runs here.
import { type Command, Option } from 'commander'
import { type ClusterChoice, clusterSnapshot } from '../control/cluster-snapshot.ts'
import { type FileSnapshot, fileSnapshot } from '../control/file-snapshot.ts'
import { addClusterOptions, type ClusterOptions, findRunning } from './cluster-options.ts'
import { readingPaths } from './reading-paths.ts'

export interface ObjectOptions extends ClusterOptions {
  readonly filename?: readonly string[]
  readonly namespace?: string
  readonly kubeconfig?: string
  readonly context?: string
}

export function addObjectOptions(command: Command): Command {
  return addClusterOptions(command)
    .option('-f, --filename <path...>', 'files and folders of manifests, in place of a cluster')
    .option('-n, --namespace <name>', 'of objects in files that name none')
    .addOption(
      new Option('--kubeconfig <path>', 'the cluster of this kubeconfig (it is only read)').conflicts(
        'filename',
      ),
    )
    .addOption(new Option('--context <name>', 'the context of the kubeconfig').conflicts('filename'))
}

/** Whether the options name another cluster than one of ours. */
export const isElsewhere = ({ kubeconfig, context }: ObjectOptions): boolean =>
  kubeconfig !== undefined || context !== undefined

/** The objects as of now. Throws UserError when they cannot be read. */
export async function readObjects(options: ObjectOptions): Promise<FileSnapshot> {
  const { filename, namespace } = options
  const now = Date.now()
  if (filename !== undefined)
    return readManifests(filename, { now, ...(namespace === undefined ? {} : { namespace }) })
  return { snapshot: await clusterSnapshot(clusterChoice(options), now), diagnostics: [], texts: new Map() }
}

/** What `-f` names, as `fileSnapshot` reads it. Throws UsageError for a path that cannot be read. */
export function readManifests(...[paths, options]: Parameters<typeof fileSnapshot>): Promise<FileSnapshot> {
  return readingPaths(() => fileSnapshot(paths, options))
}

/** The cluster that the options mean: a kubeconfig's, or the one that runs here. Throws UserError when there is none. */
export function clusterChoice(options: ObjectOptions): ClusterChoice {
  const { kubeconfig, context } = options
  return isElsewhere(options)
    ? { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) }
    : { own: findRunning(options).paths.kubeconfig }
}
