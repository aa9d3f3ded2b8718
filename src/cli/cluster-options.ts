// The options by which every command finds its cluster, and the finding.
import { readdirSync } from 'node:fs'
import type { Command } from 'commander'
import { type ClusterPaths, clusterPaths, dataRoot } from '../control/data/paths.ts'
import { isAlive, type RuntimeFile, readRuntime } from '../control/data/runtime-file.ts'
import { UserError } from '../control/user-error.ts'

/** The cluster that `up` makes when it is given no name. */
export const DEFAULT_NAME = 'mycluster'

export interface ClusterOptions {
  readonly data?: string
  readonly name?: string
}

export interface RunningCluster {
  readonly name: string
  readonly paths: ClusterPaths
  readonly runtime: RuntimeFile
}

export function addClusterOptions(command: Command): Command {
  return command
    .option('--name <cluster>', `the cluster (default: the only one that runs, or ${DEFAULT_NAME})`)
    .option(
      '--data <folder>',
      'where clusters are kept (default: SALLYPORT_DATA, or the platform’s data folder)',
    )
}

/** The clusters that run now, by name. */
export function runningClusters(options: ClusterOptions): readonly RunningCluster[] {
  const root = dataRoot(options.data)
  let names: string[]
  try {
    names = readdirSync(root).sort()
  } catch {
    return []
  }
  return names.flatMap((name) => running(root, name) ?? [])
}

/** The cluster meant by the options: `--name`, SALLYPORT_CLUSTER, or the only one that runs. Throws UserError when that is none. */
export function findRunning(options: ClusterOptions): RunningCluster {
  const name = options.name ?? process.env['SALLYPORT_CLUSTER']
  if (name !== undefined) {
    const found = running(dataRoot(options.data), name)
    if (found) return found
    throw new UserError(`cluster ${name} does not run`, `Start it: sallyport up --name ${name} --detach`)
  }
  const all = runningClusters(options)
  const [only] = all
  if (only && all.length === 1) return only
  if (!only) throw new UserError('no cluster runs', 'Start one: sallyport up --detach')
  throw new UserError(
    `several clusters run: ${all.map((one) => one.name).join(', ')}`,
    'Say which one with --name.',
  )
}

function running(root: string, name: string): RunningCluster | undefined {
  let paths: ClusterPaths
  try {
    paths = clusterPaths(root, name)
  } catch {
    return undefined
  }
  const runtime = readRuntime(paths.runtime)
  return runtime && isAlive(runtime) ? { name, paths, runtime } : undefined
}
