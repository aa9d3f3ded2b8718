// The `ibmcloud` command inside the cluster: hands its words to the provider in the running process, and prints its answer.
import type { Command } from 'commander'
import { adminJson } from '../../admin/client.ts'
import type { CommandResult } from '../../iks/commands/context.ts'
import { findRunning } from '../cluster-options.ts'

/** The variables of the caller that the provider's commands look at. */
const LOOKED_AT = ['KUBECONFIG', 'HOME']

export function register(command: Command): void {
  command
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: readonly string[]) => {
      const { runtime } = findRunning({})
      const environment = Object.fromEntries(
        LOOKED_AT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      )
      const result = await adminJson<CommandResult>(runtime.socket, 'POST', '/ibmcloud', {
        args: words,
        environment,
      })
      process.stdout.write(result.stdout)
      process.stderr.write(result.stderr)
      process.exitCode = result.exitCode
    })
}
