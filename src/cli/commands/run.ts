// sallyport run: one command with the names, the trust, the kubeconfig and the `ibmcloud` of a running cluster.
import type { Command } from 'commander'
import { addClusterOptions, type ClusterOptions, findRunning } from '../cluster-options.ts'
import { runInside } from '../run-inside.ts'

export function register(command: Command): void {
  addClusterOptions(command)
    .argument('<command...>', 'what to run, with its arguments')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  $ sallyport run -- kubectl get pods -A\n  $ sallyport run -- bash my-test.sh',
    )
    .action(async (words: readonly string[], options: ClusterOptions) => {
      process.exitCode = await runInside(findRunning(options), words)
    })
}
