// `ks nlb-dns secret regenerate`: a new certificate now.
import {
  accepted,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsMessages,
  withCommonOptions,
} from './command-scope.ts'

export const registerNlbDnsSecretRegenerate: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('Issue a new certificate for a DNS subdomain.'))
    .requiredOption('--nlb-subdomain <host>', 'the subdomain')
    .option('-f', 'do not ask')
    .action(async (options: CommonOptions & { readonly nlbSubdomain: string }) => {
      const domain = accepted(await clusterOf(scope, options.cluster).regenerate(options.nlbSubdomain))
      if (!wantsMessages(options)) return
      scope.output.line(
        `Regenerating secret ${domain.secretName} for ${domain.host} in cluster ${options.cluster}...`,
      )
      scope.output.line('OK')
    })
}
