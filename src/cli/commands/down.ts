// sallyport down: stops a cluster and waits until nothing of it is left.
import type { Command } from 'commander'
import { adminText } from '../../admin/client.ts'
import { isAlive, type RuntimeFile } from '../../control/data/runtime-file.ts'
import { UserError } from '../../control/user-error.ts'
import { addClusterOptions, type ClusterOptions, findRunning, runningClusters } from '../cluster-options.ts'

const GRACE_MS = 20_000
const LOOK_AGAIN_MS = 20

export function register(command: Command): void {
  addClusterOptions(command)
    .option('--all', 'every cluster that runs')
    .addHelpText('after', '\nExamples:\n  $ sallyport down\n  $ sallyport down --name other')
    .action(down)
}

async function down(options: ClusterOptions & { readonly all?: true }): Promise<void> {
  const clusters = options.all ? runningClusters(options) : [findRunning(options)]
  for (const { name, runtime } of clusters) {
    await adminText(runtime.socket, 'POST', '/stop')
    if (!(await gone(runtime))) {
      throw new UserError(
        `cluster ${name} (pid ${runtime.pid}) has not stopped after ${GRACE_MS / 1000} s`,
        `End it with: kill -9 ${runtime.pid}   (nothing that was acknowledged is lost)`,
      )
    }
    process.stdout.write(`cluster ${name} is down\n`)
  }
}

/** Another process's end is no event that Node can await. */
async function gone(runtime: RuntimeFile): Promise<boolean> {
  const deadline = performance.now() + GRACE_MS
  while (isAlive(runtime)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
  return true
}
