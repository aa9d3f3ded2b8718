// `ibmcloud ks …`: the provider's command line, as a function. The tree below is the list of commands, under their names of today and of 2020.
import { Command, CommanderError } from 'commander'
import { registerAlbGet } from './alb-get.ts'
import { registerAlbLs } from './alb-ls.ts'
import { registerClusterConfig } from './cluster-config.ts'
import { registerClusterGet } from './cluster-get.ts'
import { registerClusterLs } from './cluster-ls.ts'
import { CommandFailure, type CommandScope, type RegisterCommand } from './command-scope.ts'
import type { CommandResult, IbmcloudContext } from './context.ts'
import { registerNlbDnsAdd } from './nlb-dns-add.ts'
import { registerNlbDnsCreate, registerNlbDnsCreateVpc } from './nlb-dns-create.ts'
import { registerNlbDnsGet } from './nlb-dns-get.ts'
import { registerNlbDnsLs } from './nlb-dns-ls.ts'
import { registerNlbDnsRm } from './nlb-dns-rm.ts'
import { registerNlbDnsSecretRegenerate } from './nlb-dns-secret-regenerate.ts'
import { Output } from './output.ts'

type Tree = { readonly [name: string]: RegisterCommand | Tree }

const today: Tree = {
  cluster: { get: registerClusterGet, ls: registerClusterLs, config: registerClusterConfig },
  'nlb-dns': {
    create: { classic: registerNlbDnsCreate, 'vpc-gen2': registerNlbDnsCreateVpc },
    add: registerNlbDnsAdd,
    get: registerNlbDnsGet,
    ls: registerNlbDnsLs,
    rm: { classic: registerNlbDnsRm },
    secret: { regenerate: registerNlbDnsSecretRegenerate },
  },
  ingress: { alb: { get: registerAlbGet, ls: registerAlbLs } },
}

/** Removed in version 1.0 of the provider's plug-in, and still what guides print. */
const before: Tree = {
  alb: { get: registerAlbGet, ls: registerAlbLs },
  albs: registerAlbLs,
  'alb-get': registerAlbGet,
  clusters: registerClusterLs,
  'cluster-get': registerClusterGet,
  'cluster-config': registerClusterConfig,
  'nlb-dnss': registerNlbDnsLs,
  'nlb-dns-create': registerNlbDnsCreate,
  'nlb-dns-add': registerNlbDnsAdd,
  'nlb-dns-rm': registerNlbDnsRm,
}

/** Runs one command line (the words after `ibmcloud` or `bx`). Exit codes: 0 done, 1 FAILED, 2 not understood. */
export async function ibmcloud(args: readonly string[], context: IbmcloudContext): Promise<CommandResult> {
  const output = new Output()
  const scope: CommandScope = { context, output }
  const root = new Command('ibmcloud')
    .description('The commands of IBM Cloud Kubernetes Service that this cluster answers.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.stdout += text
      },
      writeErr: (text) => {
        output.stderr += text
      },
      outputError: (text) => output.failed(text.replace(/^error: /, '').trimEnd()),
    })
  const service = root.command('ks').alias('cs').description('Manage the cluster.')
  plant(service, today, scope)
  plant(service, before, scope)
  try {
    await root.parseAsync([...args], { from: 'user' })
    return { stdout: output.stdout, stderr: output.stderr, exitCode: 0 }
  } catch (error) {
    if (error instanceof CommandFailure) output.failed(error.message)
    else if (!(error instanceof CommanderError)) throw error
    const exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1
    return { stdout: output.stdout, stderr: output.stderr, exitCode }
  }
}

function plant(parent: Command, tree: Tree, scope: CommandScope): void {
  for (const [name, entry] of Object.entries(tree)) {
    if (typeof entry === 'function') entry(parent, name, scope)
    else plant(parent.command(name), entry, scope)
  }
}
