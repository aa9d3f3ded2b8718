// `ks cluster ls`: the one cluster that runs here.
import type { Command } from 'commander'
import { clusterSummary } from './cluster-summary.ts'
import { announce, type CommonOptions, type RegisterCommand, wantsJson } from './command-scope.ts'
import { table } from './output.ts'

export const registerClusterLs: RegisterCommand = (parent, name, scope) => {
  const command: Command = parent.command(name).description('List the clusters of your account.')
  command
    .option('--output <format>', 'json prints JSON')
    .option('--json', 'deprecated: --output json')
    .option('-q', 'do not print messages')
    .option('-s', 'deprecated: -q')
    .option('--provider <name>', 'only clusters of this provider: classic or vpc-gen2')
    .action(async (options: CommonOptions & { readonly provider?: string }) => {
      const one = await clusterSummary(scope.context.provider)
      const found = options.provider === undefined || options.provider === one.provider ? [one] : []
      if (wantsJson(options)) {
        scope.output.json(found)
        return
      }
      announce(scope, options, 'Retrieving clusters...')
      scope.output.line(
        table(
          [
            'Name',
            'ID',
            'State',
            'Created',
            'Workers',
            'Location',
            'Version',
            'Resource Group Name',
            'Provider',
          ],
          found.map((row) => [
            row.name,
            row.id,
            row.state,
            row.createdDate,
            String(row.workerCount),
            row.location,
            row.masterKubeVersion,
            row.resourceGroupName,
            row.provider,
          ]),
        ),
      )
    })
}
