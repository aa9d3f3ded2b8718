// What is inside the cluster for a command: the environment of `sallyport run`, and the `ibmcloud` command in it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { ibmcloud } from '../iks/commands/ibmcloud.ts'
import type { Provider } from '../iks/provider-contract.ts'
import type { Issuer } from '../pki/issuer.ts'
import type { ClusterPaths } from './data/paths.ts'
import type { RunningNames } from './names.ts'
import { packageRoot } from './package-root.ts'
import type { CommandResult, RunEnvironment } from './running.ts'

export interface Inside {
  readonly environment: RunEnvironment
  readonly ibmcloud: (
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) => Promise<CommandResult>
}

/** Writes the trust bundle and the `ibmcloud` command into the data folder, and says how a command finds them. */
export function insideOf(parts: {
  readonly name: string
  readonly root: string
  readonly paths: ClusterPaths
  readonly names: RunningNames
  readonly issuer: Issuer
  readonly provider: Provider
  readonly kubeconfig: string
}): Inside {
  const { paths, names, issuer, provider } = parts
  const trust = join(paths.folder, 'trust.pem')
  writeFileSync(trust, [...rootCertificates, issuer.root].join('\n'))
  const bin = join(paths.folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const command = join(bin, 'ibmcloud')
  writeFileSync(
    command,
    `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(join(packageRoot, 'bin', 'sallyport.mjs'))} ibmcloud "$@"\n`,
  )
  chmodSync(command, 0o755)
  const proxies = Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap((key) => [
      [key, names.proxy],
      [key.toLowerCase(), names.proxy],
    ]),
  )
  return {
    environment: {
      variables: {
        KUBECONFIG: paths.kubeconfig,
        ...proxies,
        NO_PROXY: 'localhost,127.0.0.1',
        no_proxy: 'localhost,127.0.0.1',
        CURL_CA_BUNDLE: trust,
        SSL_CERT_FILE: trust,
        REQUESTS_CA_BUNDLE: trust,
        NODE_EXTRA_CA_CERTS: trust,
        SALLYPORT_DATA: parts.root,
        SALLYPORT_CLUSTER: parts.name,
      },
      path: [bin],
    },
    ibmcloud: async (args, env) => {
      const { stdout, stderr, exitCode } = await ibmcloud(args, {
        provider,
        env,
        kubeconfig: async () => parts.kubeconfig,
      })
      return { stdout, stderr, code: exitCode }
    },
  }
}

/** A word for /bin/sh. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
