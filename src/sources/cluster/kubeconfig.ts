// A kubeconfig as what a TLS client needs: where the API is, whom to trust, who we are.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

export interface ClusterAccess {
  readonly server: string
  /** Of the context; where lists of one namespace would go. */
  readonly namespace: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly rejectUnauthorized: boolean
  /** The Authorization header. */
  readonly authorization?: string
}

type Section = Readonly<Record<string, unknown>>

interface Kubeconfig {
  readonly 'current-context'?: string
  readonly contexts?: readonly { readonly name: string; readonly context?: Section }[]
  readonly clusters?: readonly { readonly name: string; readonly cluster?: Section }[]
  readonly users?: readonly { readonly name: string; readonly user?: Section }[]
}

/** The default files: KUBECONFIG, a list, else ~/.kube/config. */
function defaultPaths(): readonly string[] {
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '')
  return listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')]
}

/** Several files are one: the first that says a thing counts. Relative paths in a file are relative to it. */
function load(paths: readonly string[]): { config: Kubeconfig; folderOf: (section: Section) => string } {
  const folders = new Map<Section, string>()
  const configs = paths.filter(existsSync).map((path) => {
    const config = (parse(readFileSync(path, 'utf8')) ?? {}) as Kubeconfig
    const sections = [
      ...(config.clusters ?? []).map(({ cluster }) => cluster),
      ...(config.users ?? []).map(({ user }) => user),
    ]
    for (const section of sections) if (section !== undefined) folders.set(section, dirname(resolve(path)))
    return config
  })
  const current = configs.find((config) => config['current-context'])?.['current-context']
  return {
    folderOf: (section) => folders.get(section) ?? '.',
    config: {
      ...(current === undefined ? {} : { 'current-context': current }),
      contexts: configs.flatMap(({ contexts = [] }) => contexts),
      clusters: configs.flatMap(({ clusters = [] }) => clusters),
      users: configs.flatMap(({ users = [] }) => users),
    },
  }
}

const textOf = (section: Section, name: string): string | undefined => {
  const value = section[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `<name>-data` as base64, else the file that `<name>` names. */
function bytesOf(section: Section, name: string, folder: string): string | undefined {
  const data = textOf(section, `${name}-data`)
  if (data !== undefined) return Buffer.from(data, 'base64').toString()
  const file = textOf(section, name)
  return file === undefined ? undefined : readFileSync(resolve(folder, file), 'utf8')
}

interface ExecSettings {
  readonly command?: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly apiVersion?: string
}

/** Runs a credential plugin (client.authentication.k8s.io ExecCredential). */
function runPlugin(exec: ExecSettings): { token?: string; cert?: string; key?: string } {
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  const answer = execFileSync(exec.command ?? '', [...(exec.args ?? [])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
  })
  const { status = {} } = JSON.parse(answer) as { status?: Section }
  const token = textOf(status, 'token')
  const cert = textOf(status, 'clientCertificateData')
  const key = textOf(status, 'clientKeyData')
  return { ...(token ? { token } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}

function authorizationOf(user: Section, token: string | undefined, folder: string): string | undefined {
  const file = textOf(user, 'tokenFile')
  const given = token ?? textOf(user, 'token') ?? (file && readFileSync(resolve(folder, file), 'utf8').trim())
  if (given) return `Bearer ${given}`
  const name = textOf(user, 'username')
  return name === undefined
    ? undefined
    : `Basic ${Buffer.from(`${name}:${textOf(user, 'password') ?? ''}`).toString('base64')}`
}

/** How to reach the cluster of a context (default: the current one). Throws an Error that says what is missing. */
export function readKubeconfig(options: {
  readonly path?: string
  readonly context?: string
}): ClusterAccess {
  const paths = options.path === undefined ? defaultPaths() : [options.path]
  if (!paths.some(existsSync)) throw new Error(`there is no kubeconfig at ${paths.join(', ')}`)
  const { config, folderOf } = load(paths)
  const name = options.context ?? config['current-context']
  const context = config.contexts?.find((one) => one.name === name)?.context
  if (context === undefined)
    throw new Error(
      name === undefined ? 'the kubeconfig has no current context' : `the kubeconfig has no context ${name}`,
    )
  const cluster = config.clusters?.find((one) => one.name === context['cluster'])?.cluster
  const server = cluster && textOf(cluster, 'server')
  if (cluster === undefined || server === undefined)
    throw new Error(`context ${name} names a cluster without a server`)
  const user = config.users?.find((one) => one.name === context['user'])?.user ?? {}
  const plugin =
    typeof user['exec'] === 'object' && user['exec'] !== null ? runPlugin(user['exec'] as ExecSettings) : {}
  const ca = bytesOf(cluster, 'certificate-authority', folderOf(cluster))
  const cert = plugin.cert ?? bytesOf(user, 'client-certificate', folderOf(user))
  const key = plugin.key ?? bytesOf(user, 'client-key', folderOf(user))
  const servername = textOf(cluster, 'tls-server-name')
  const authorization = authorizationOf(user, plugin.token, folderOf(user))
  return {
    server,
    namespace: textOf(context, 'namespace') ?? 'default',
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(authorization === undefined ? {} : { authorization }),
  }
}
