// `ks nlb-dns ls`, `ks nlb-dnss` before: the registered domains. The fourth column says whether the certificate is there.
import {
  announce,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsJson,
  withCommonOptions,
} from './command-scope.ts'
import { table } from './output.ts'
import { registrationJson } from './registration-json.ts'

const HEAD = [
  'Hostname',
  'IP(s)',
  'Health Monitor',
  'SSL Cert Status',
  'SSL Cert Secret Name',
  'Secret Namespace',
]

export const registerNlbDnsLs: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('List the DNS subdomains of load balancers.')).action(
    (options: CommonOptions) => {
      const provider = clusterOf(scope, options.cluster)
      const registered = provider.domains().filter(({ number }) => number > 0)
      if (wantsJson(options)) {
        scope.output.json(registered.map((domain) => registrationJson(provider, domain)))
        return
      }
      announce(
        scope,
        options,
        `Retrieving host names, certificates, IPs, and health check monitors for network load balancer (NLB) pods in cluster ${options.cluster}...`,
      )
      scope.output.line(
        table(
          HEAD,
          registered.map((one) => [
            one.host,
            one.ips.join(','),
            'None',
            one.status,
            one.secretName,
            one.secretNamespace,
          ]),
        ),
      )
    },
  )
}
