// `ks nlb-dns rm classic`: takes an address from a registered domain; with the last one the domain goes.
import {
  accepted,
  CommandFailure,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsMessages,
  withCommonOptions,
} from './command-scope.ts'

interface Options extends CommonOptions {
  readonly ip?: string
  readonly nlbHost?: string
}

export const registerNlbDnsRm: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('Remove an IP address from a DNS subdomain.'))
    .option('--ip <address>', 'address of the load balancer')
    .option('--nlb-host <host>', 'the subdomain')
    .option('-f', 'do not ask')
    .action(async (options: Options) => {
      const provider = clusterOf(scope, options.cluster)
      if (!options.ip) throw new CommandFailure("You must specify an NLB IP address in the '--ip' flag.")
      if (!options.nlbHost)
        throw new CommandFailure("You must specify a load balancer host name in the '--nlb-host' flag.")
      const domain = accepted(await provider.removeIp(options.nlbHost, options.ip))
      if (!wantsMessages(options)) return
      scope.output.line(
        `Deleting IP: ${options.ip} from NLB host name ${domain.host} in cluster ${options.cluster}...`,
      )
      scope.output.line('OK')
      if (domain.ips.length === 0)
        scope.output.line(
          'This was the last IP address: the subdomain and its certificate secret are removed.',
        )
    })
}
