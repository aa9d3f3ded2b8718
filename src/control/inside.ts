// What is inside the cluster for a command: the environment of `sallyport run`, and the `ibmcloud` command in it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressPlan } from '../cluster/addresses/plan.ts'
import { type RunningEnvironment, startRunEnvironment } from '../iks/run-environment.ts'
import type { ClusterPaths } from './data/paths.ts'
import type { RunningNames } from './names.ts'
import { packageRoot } from './package-root.ts'

export interface InsideOptions {
  readonly name: string
  /** The folder that holds all clusters. */
  readonly root: string
  readonly paths: ClusterPaths
  readonly addresses: AddressPlan
  readonly names: RunningNames
  /** PEM: the issuer's root and the API's CA. */
  readonly anchors: readonly string[]
}

const sallyport = join(packageRoot, 'bin', 'sallyport.mjs')

/** Prepares the surroundings of commands; they follow the names until closed. */
export async function startInside(options: InsideOptions): Promise<RunningEnvironment> {
  const { paths, addresses, names, anchors, name, root } = options
  const environment = await startRunEnvironment({
    folder: join(paths.folder, 'run'),
    proxy: names.proxy,
    ...(names.dns === undefined ? {} : { dns: names.dns }),
    realPorts: addresses.locate(addresses.dns, 443).port === 443,
    zones: names.zones,
    anchors,
    kubeconfig: paths.kubeconfig,
    ibmcloud: [process.execPath, sallyport, 'ibmcloud'],
    commands: { sallyport: `exec '${process.execPath}' '${sallyport}' "$@"` },
    variables: { SALLYPORT_DATA: root, SALLYPORT_CLUSTER: name },
  })
  const tolerant = join(paths.folder, 'run', 'tolerant')
  mkdirSync(tolerant, { recursive: true })
  writeFileSync(join(tolerant, 'base64'), tolerantBase64(tolerant))
  chmodSync(join(tolerant, 'base64'), 0o755)
  return { ...environment, path: [...environment.path, tolerant] }
}

/** The variables by which a pod without a sidecar reaches the cluster's names. */
export function podVariables(environment: RunningEnvironment): Readonly<Record<string, string>> {
  const { KUBECONFIG, SALLYPORT_DATA, SALLYPORT_CLUSTER, ...reach } = environment.variables
  return { ...reach, NODE_OPTIONS: environment.nodeOptions }
}

/** The variables by which a pod with a sidecar trusts the issuer; its way out is its sidecar's, which the kubelet tells it. */
export function trustVariables(environment: RunningEnvironment): Readonly<Record<string, string>> {
  const entries = Object.entries(environment.variables)
  return Object.fromEntries(entries.filter(([name]) => TRUST.has(name)))
}

const TRUST = new Set(['CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])

/**
 * The article cuts base64 text out of YAML with the blank before it. BSD's base64, with which it was written, skips blanks; GNU's refuses them. Inside the
 * cluster they are taken away before the machine's own base64 decodes; every other use of it is passed on.
 */
function tolerantBase64(folder: string): string {
  return `#!/bin/sh
PATH=$(printf %s "$PATH" | tr : '\\n' | grep -vxF '${folder.replaceAll("'", `'\\''`)}' | paste -sd: -)
export PATH
case "$#:$1" in
1:-d | 1:-D | 1:--decode) tr -d ' \\t' | base64 -d ;;
*) exec base64 "$@" ;;
esac
`
}
