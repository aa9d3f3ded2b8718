// `ks nlb-dns get`: one registered domain.
import {
  announce,
  CommandFailure,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsJson,
  withCommonOptions,
} from './command-scope.ts'
import { keyValues } from './output.ts'
import { registrationJson } from './registration-json.ts'

export const registerNlbDnsGet: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('View the details of a DNS subdomain.'))
    .requiredOption('--nlb-subdomain <host>', 'the subdomain')
    .action((options: CommonOptions & { readonly nlbSubdomain: string }) => {
      const provider = clusterOf(scope, options.cluster)
      const domain = provider.domains().find(({ host }) => host === options.nlbSubdomain)
      if (domain === undefined)
        throw new CommandFailure(
          `The NLB host name '${options.nlbSubdomain}' is not registered for this cluster.`,
        )
      if (wantsJson(options)) {
        scope.output.json(registrationJson(provider, domain))
        return
      }
      announce(scope, options, `Retrieving subdomain ${domain.host} for cluster ${options.cluster}...`)
      scope.output.line(
        keyValues([
          ['Cluster', provider.identity.name],
          ['NLB Subdomain', domain.host],
          ['Target(s)', domain.ips.join(',')],
          ['Status', domain.status],
          ...(domain.message === '' ? [] : ([['Message', domain.message]] as const)),
        ]),
      )
      scope.output.line('\nSSL Cert')
      scope.output.line(
        keyValues([
          ['Secret Name', domain.secretName],
          ['Secret Namespace', domain.secretNamespace],
          ['Status', domain.status],
        ]),
      )
    })
}
