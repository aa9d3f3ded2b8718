// `ks ingress alb ls`, before `ks alb ls` and `ks albs`: the cluster's ALBs.
import { albs } from './alb-json.ts'
import {
  announce,
  type CommonOptions,
  clusterOf,
  type RegisterCommand,
  wantsJson,
  withCommonOptions,
} from './command-scope.ts'
import { table } from './output.ts'

const HEAD = ['ALB ID', 'Enabled', 'Status', 'Type', 'ALB IP', 'Zone', 'Build', 'ALB VLAN ID', 'NLB Version']

export const registerAlbLs: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('List the ALBs of a cluster.')).action(
    async (options: CommonOptions) => {
      const provider = clusterOf(scope, options.cluster)
      const found = await albs(provider)
      if (wantsJson(options)) {
        const { identity } = provider
        const [domain] = provider.domains()
        scope.output.json({
          id: identity.id,
          region: identity.region,
          dataCenter: identity.datacenter,
          isPaid: true,
          ingressHostname: domain?.host,
          ingressSecretName: domain?.secretName,
          alb: found,
        })
        return
      }
      announce(scope, options, `Retrieving ALBs for cluster ${options.cluster}...`)
      scope.output.line(
        table(
          HEAD,
          found.map((alb) => [
            alb.albID,
            String(alb.enable),
            alb.state,
            alb.albType,
            alb.albip || '-',
            alb.zone,
            alb.albBuild,
            alb.vlanID,
            '1.0',
          ]),
        ),
      )
    },
  )
}
