// `ks nlb-dns add`: more addresses for a registered domain.
import {
  accepted,
  CommandFailure,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  several,
  wantsMessages,
  withCommonOptions,
} from './command-scope.ts'

interface Options extends CommonOptions {
  readonly ip?: readonly string[]
  readonly nlbHost?: string
}

export const registerNlbDnsAdd: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('Add IP addresses to a DNS subdomain.'))
    .option('--ip <address>', 'address of the load balancer; may be given several times', several)
    .option('--nlb-host <host>', 'the subdomain')
    .action(async (options: Options) => {
      const provider = clusterOf(scope, options.cluster)
      if (!options.ip?.length) throw new CommandFailure('You must specify at least one NLB IP address.')
      if (!options.nlbHost)
        throw new CommandFailure("You must specify a load balancer host name in the '--nlb-host' flag.")
      const domain = accepted(await provider.addIps(options.nlbHost, options.ip))
      if (!wantsMessages(options)) return
      scope.output.line(
        `Adding IPs: ${options.ip.join(', ')} to NLB host name ${domain.host} in cluster ${options.cluster}...`,
      )
      scope.output.line('OK')
    })
}
