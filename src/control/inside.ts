// What is inside the cluster for a command: the environment of `sallyport run`, and the `ibmcloud` command in it.

import { ibmcloud } from '../iks/commands/ibmcloud.ts'
import type { Provider } from '../iks/provider-contract.ts'
import type { Issuer } from '../pki/issuer.ts'
import type { ClusterPaths } from './data/paths.ts'
import type { RunningNames } from './names.ts'
import type { CommandResult, RunEnvironment } from './running.ts'

export interface Inside {
  readonly environment: RunEnvironment
  readonly ibmcloud: (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => Promise<CommandResult>
}

export function insideOf(parts: {
  readonly name: string
  readonly root: string
  readonly paths: ClusterPaths
  readonly names: RunningNames
  readonly issuer: Issuer
  readonly provider: Provider
  readonly kubeconfig: string
}): Inside {
  return {
    environment: { variables: {}, path: [] },
    ibmcloud: async (args, env) => {
      const { stdout, stderr, exitCode } = await ibmcloud(args, {
        provider: parts.provider,
        env,
        kubeconfig: async () => parts.kubeconfig,
      })
      return { stdout, stderr, code: exitCode }
    },
  }
}
