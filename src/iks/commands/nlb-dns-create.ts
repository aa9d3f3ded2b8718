// `ks nlb-dns create classic`, and `ks nlb-dns-create` as it was before: registers a domain for the address of a load balancer.
import {
  accepted,
  CommandFailure,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  several,
  wantsJson,
  withCommonOptions,
} from './command-scope.ts'
import { registrationJson } from './registration-json.ts'

interface Options extends CommonOptions {
  readonly ip?: readonly string[]
  readonly secretNamespace: string
  readonly type: string
  readonly dnsType: string
}

export const registerNlbDnsCreate: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(
    parent.command(name).description('Create a DNS subdomain for the IP address of a load balancer.'),
  )
    .option('--ip <address>', 'address of the load balancer; may be given several times', several)
    .option('--secret-namespace <namespace>', 'where the certificate secret is created', 'default')
    .option('--type <type>', 'public', 'public')
    .option('--dns-type <type>', 'public', 'public')
    .action(async (options: Options) => {
      const provider = clusterOf(scope, options.cluster)
      for (const type of [options.type, options.dnsType])
        if (type !== 'public')
          throw new CommandFailure(
            `The type '${type}' is not supported: classic clusters register public addresses only.`,
          )
      if (!options.ip?.length)
        throw new CommandFailure("You must specify an NLB IP address in the '--ip' flag.")
      const domain = accepted(await provider.register(options.ip, options.secretNamespace))
      if (wantsJson(options)) scope.output.json(registrationJson(provider, domain))
      else scope.output.line(`Host name subdomain is created as ${domain.host}`)
    })
}

/** `ks nlb-dns create vpc-gen2`: this cluster is of the classic kind. */
export const registerNlbDnsCreateVpc: RegisterCommand = (parent, name) => {
  parent
    .command(name)
    .description('For VPC clusters, of which there are none here.')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CommandFailure("This cluster is a classic cluster. Use 'ibmcloud ks nlb-dns create classic'.")
    })
}
