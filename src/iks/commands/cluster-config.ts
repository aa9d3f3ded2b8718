// `ks cluster config`: merges the cluster into the caller's kubeconfig and makes it the current context.
import { readFile, realpath } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { writeDurably } from '../../pki/write-durably.ts'
import { mergeKubeconfig } from '../kubeconfig-merge.ts'
import {
  CommandFailure,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  withCommonOptions,
} from './command-scope.ts'

interface Options extends CommonOptions {
  readonly yaml?: true
}

export const registerClusterConfig: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('Add a cluster to your kubeconfig file.'))
    .option('--admin', 'the administrator, which every caller is here')
    .option('--endpoint <type>', 'private or link; there is one endpoint here')
    .option('--network', 'Calico configuration')
    .option('--skip-rbac', 'do not wait for the roles')
    .option('--yaml', 'print the configuration instead of merging it')
    .action(async (options: Options) => {
      const { identity } = clusterOf(scope, options.cluster)
      const { context, output } = scope
      if ('network' in options)
        throw new CommandFailure("The '--network' flag is not supported: there is no Calico here.")
      const config = await context.kubeconfig()
      if (options.yaml) {
        output.line(config.trimEnd())
        return
      }
      const named = kubeconfigFile(context.env)
      // A link stays a link: what it points at is replaced.
      const file = await realpath(named).catch(() => named)
      const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw new CommandFailure(`The kubeconfig file ${file} cannot be read: ${error.message}`)
      })
      const merged = mergeKubeconfig(before, config)
      if ('problem' in merged)
        throw new CommandFailure(`The kubeconfig file ${file} cannot be used: ${merged.problem}`)
      if (merged.text !== before)
        await writeDurably(file, merged.text).catch((error: Error) => {
          throw new CommandFailure(`The kubeconfig file ${file} cannot be written: ${error.message}`)
        })
      if (options.q || options.s) return
      output.line('OK')
      output.line(`The configuration for ${identity.name} was downloaded successfully.`)
      output.line()
      output.line(`Added context for ${identity.name} to the current kubeconfig file.`)
      output.line(
        "You can now execute 'kubectl' commands against your cluster. For example, run 'kubectl get nodes'.",
      )
    })
}

/** The first file of KUBECONFIG, else the default one, as kubectl chooses where to write. */
function kubeconfigFile(env: Readonly<Record<string, string | undefined>>): string {
  const [first] = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  if (first !== undefined) {
    // This runs in another process than its caller: a relative path is the caller's.
    const { PWD } = env
    if (isAbsolute(first)) return first
    if (PWD) return resolve(PWD, first)
    throw new CommandFailure(`KUBECONFIG holds a relative path, '${first}'. Make it absolute.`)
  }
  if (!env['HOME'])
    throw new CommandFailure('Neither KUBECONFIG nor HOME is set, so there is no kubeconfig file to change.')
  return join(env['HOME'], '.kube', 'config')
}
