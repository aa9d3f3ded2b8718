// Writes what commands inside the cluster need (trust, shims, names) into a folder, and says with which variables they are to be run.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodePreload } from '../dns/node-preload.ts'
import type { Zones } from '../dns/zones.ts'
import { caBundle } from './ca-bundle.ts'
import type { NameFiles, RunEnvironment } from './command-environment.ts'
import { hostsFile, resolvConf } from './name-files.ts'

export interface RunEnvironmentOptions {
  /** Created when missing; the files in it live as long as the cluster runs. */
  readonly folder: string
  /** Where the CONNECT proxy really is. */
  readonly proxy: { readonly host: string; readonly port: number }
  /** Where the DNS server really is; absent when it could not be bound. */
  readonly dns?: { readonly host: string; readonly port: number }
  /** Whether ports below 1024 are bound as they are: only then do bare names help. */
  readonly realPorts: boolean
  readonly zones: Zones
  /** PEM: the issuer's root, and the API's CA for those who talk to it without kubectl. */
  readonly anchors: readonly string[]
  /** Path of the cluster's kubeconfig. */
  readonly kubeconfig: string
  /** The command that `ibmcloud` and `bx` stand for: program and first arguments. */
  readonly ibmcloud: readonly string[]
  /** More commands for the PATH by name: the text of a shell script, without its first line. */
  readonly commands?: Readonly<Record<string, string>>
  /** More variables (which cluster this is, for a sallyport inside). */
  readonly variables?: Readonly<Record<string, string>>
}

export interface RunningEnvironment extends RunEnvironment {
  /** Stops following the zones; the files stay. */
  close(): Promise<void>
}

/** Prepares the environment; it follows the zones until closed. */
export async function startRunEnvironment(options: RunEnvironmentOptions): Promise<RunningEnvironment> {
  const { folder, proxy, anchors, zones } = options
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true, mode: 0o700 })
  const bundle = join(folder, 'ca-bundle.pem')
  const extra = join(folder, 'anchors.pem')
  const preload = join(folder, 'node-preload.cjs')
  const trust = await caBundle(anchors)
  const shim = `exec ${options.ibmcloud.map(shellWord).join(' ')} "$@"`
  await Promise.all([
    writeFile(bundle, trust.pem),
    writeFile(extra, anchors.join('\n')),
    writeFile(preload, nodePreload(proxy)),
    ...Object.entries({ ...options.commands, ibmcloud: shim, bx: shim }).map(([name, script]) =>
      writeCommand(join(bin, name), script),
    ),
  ])
  const nameFiles = await writeNameFiles(
    options,
    trust.extends === undefined ? {} : { trust: { bundle, over: trust.extends } },
  )
  const follower = 'unavailable' in nameFiles ? undefined : followHosts(nameFiles.hosts, zones)
  const url = `http://${proxy.host}:${proxy.port}`
  // Only loopback's usual names: the cluster's addresses go through the proxy too, which knows their real ports.
  const near = 'localhost,127.0.0.1,::1'
  return {
    variables: {
      // curl reads http_proxy in lower case only; others read either.
      HTTPS_PROXY: url,
      https_proxy: url,
      HTTP_PROXY: url,
      http_proxy: url,
      NO_PROXY: near,
      no_proxy: near,
      CURL_CA_BUNDLE: bundle,
      SSL_CERT_FILE: bundle,
      REQUESTS_CA_BUNDLE: bundle,
      GIT_SSL_CAINFO: bundle,
      NODE_EXTRA_CA_CERTS: extra,
      KUBECONFIG: options.kubeconfig,
      ...options.variables,
    },
    path: [bin],
    nodeOptions: `--require=${quote(preload)}`,
    nameFiles,
    close: async () => follower?.close(),
  }
}

async function writeCommand(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}

const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

async function writeNameFiles(
  options: RunEnvironmentOptions,
  trust: Pick<NameFiles, 'trust'>,
): Promise<RunEnvironment['nameFiles']> {
  const { folder, zones, dns, realPorts } = options
  if (!realPorts)
    return {
      unavailable:
        'ports below 1024 may not be bound here, so only programs that use the proxy variables reach the names of the cluster',
    }
  const hosts = join(folder, 'hosts')
  await writeFile(hosts, await hostsText(zones))
  if (dns?.port !== 53) return { hosts, ...trust }
  const resolv = join(folder, 'resolv.conf')
  await writeFile(resolv, resolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''), dns.host))
  return { hosts, resolvConf: resolv, ...trust }
}

const hostsText = async (zones: Zones): Promise<string> =>
  hostsFile(await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1 localhost\n'), zones)

/** Rewrites the hosts file in place after each change: it may be mounted somewhere, and a mount follows the file, not its name. */
function followHosts(file: string, zones: Zones): { close(): Promise<void> } {
  let tail: Promise<void> = Promise.resolve()
  let waiting = false
  const end = zones.onChange(() => {
    if (waiting) return
    waiting = true
    tail = tail.then(async () => {
      waiting = false
      await writeFile(file, await hostsText(zones)).catch(() => undefined)
    })
  })
  return {
    async close() {
      end()
      await tail
    },
  }
}

/** NODE_OPTIONS splits at spaces outside of double quotes; a backslash inside them escapes. */
const quote = (path: string): string => (/[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path)
