// `ks ingress alb get --alb ID`, before `ks alb get --alb` and `ks alb-get --albID`.
import { albs } from './alb-json.ts'
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

interface Options extends CommonOptions {
  readonly alb?: string
  readonly albID?: string
}

export const registerAlbGet: RegisterCommand = (parent, name, scope) => {
  withCommonOptions(parent.command(name).description('View the details of an ALB.'))
    .option('--alb <ID>', 'the ALB')
    .option('--albID <ID>', 'deprecated: --alb')
    .action(async (options: Options) => {
      const id = options.alb ?? options.albID
      if (id === undefined) throw new CommandFailure("You must specify an ALB ID in the '--alb' flag.")
      const provider = clusterOf(scope, options.cluster)
      const alb = (await albs(provider)).find(({ albID }) => albID === id)
      if (alb === undefined)
        throw new CommandFailure(`The ALB '${id}' could not be found in cluster ${options.cluster}.`)
      if (wantsJson(options)) {
        scope.output.json(alb)
        return
      }
      announce(scope, options, `Retrieving ALB ${id}...`)
      scope.output.line(
        keyValues([
          ['ALB ID', alb.albID],
          ['Cluster', provider.identity.name],
          ['Enabled', String(alb.enable)],
          ['Status', alb.state],
          ['Type', alb.albType],
          ['ALB IP', alb.albip || '-'],
          ['Zone', alb.zone],
          ['Build', alb.albBuild],
        ]),
      )
    })
}
