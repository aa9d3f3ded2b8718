// `ks cluster get`: iks.md 4.1. Exactly two lines hold the word Ingress, as in 2020.
import { domainOf } from '../identity.ts'
import { clusterSummary } from './cluster-summary.ts'
import {
  announce,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsJson,
  withCommonOptions,
} from './command-scope.ts'
import { keyValues } from './output.ts'

export const registerClusterGet: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('View the details of a cluster.'))
    .option('--show-resources', 'also list subnets; there are none to list here')
    .action(async (options: CommonOptions) => {
      const provider = clusterOf(scope, options.cluster)
      const { identity, facts } = provider
      const summary = await clusterSummary(provider)
      if (wantsJson(options)) {
        scope.output.json(summary)
        return
      }
      announce(scope, options, `Retrieving cluster ${options.cluster}...`)
      const [alb] = provider.domains()
      scope.output.line(
        keyValues([
          ['Name', identity.name],
          ['ID', identity.id],
          ['State', summary.state],
          ['Status', 'All Workers Normal'],
          ['Created', identity.created],
          ['Location', identity.datacenter],
          ['Pod Subnet', facts.podSubnet],
          ['Service Subnet', facts.serviceSubnet],
          ['Master URL', facts.masterUrl],
          ['Public Service Endpoint URL', facts.masterUrl],
          ['Private Service Endpoint URL', '-'],
          ['Master Location', identity.datacenter],
          ['Master Status', 'Ready'],
          ['Master State', 'deployed'],
          ['Master Health', 'normal'],
          ['Ingress Subdomain', alb?.host ?? domainOf(identity, 0)],
          ['Ingress Secret', alb?.secretName ?? ''],
          ['Workers', String(summary.workerCount)],
          ['Worker Zones', identity.datacenter],
          ['Version', summary.masterKubeVersion],
          ['Owner', summary.ownerEmail],
          ['Resource Group ID', summary.resourceGroup],
          ['Resource Group Name', summary.resourceGroupName],
        ]),
      )
    })
}
