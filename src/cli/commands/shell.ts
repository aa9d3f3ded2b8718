// sallyport shell: the user's shell with the surroundings of a running cluster.
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import pc from 'picocolors'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { runInside } from '../run-inside.ts'

export function register(command: Command): void {
  addClusterOptions(command)
    .addHelpText('after', '\nExample:\n  $ sallyport shell\n  $ kubectl get pods -A')
    .action(async (options: ClusterOptions) => {
      const cluster = findRunning(options)
      if (process.stdin.isTTY) {
        process.stderr.write(
          `In cluster ${pc.bold(cluster.name)}: kubectl, curl and ibmcloud are at home here. exit leaves.\n`,
        )
        if (!existsSync('samples')) process.stderr.write('For the article’s samples/…: sallyport samples\n')
      }
      process.exitCode = await runInside(cluster, [process.env['SHELL'] ?? '/bin/sh'])
    })
}
