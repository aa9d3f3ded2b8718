// From a kubeconfig to what a request needs: where the API is, whom to trust, who we are. Reading is ours, as kubectl reads;
// credentials (plugins, OIDC, tokens that are renewed) and proxies are those of @kubernetes/client-node.
import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import type { ClusterAccess } from './access.ts'
import { mergeKubeconfigs } from './merge-kubeconfigs.ts'
import { proxyFor } from './proxy-for.ts'

/** How to reach the cluster of a context (default: the current one). Rejects with an Error that says what is missing. */
export async function readKubeconfig(options: {
  readonly path?: string
  readonly context?: string
}): Promise<ClusterAccess> {
  const merged = mergeKubeconfigs(options.path)
  const name = options.context ?? merged['current-context']
  if (name === undefined) throw new Error('the kubeconfig has no current context')
  const context = merged.contexts.find((one) => one.name === name)?.context
  if (context === undefined) {
    const known = merged.contexts.map((one) => one.name).join(', ')
    throw new Error(`the kubeconfig has no context ${name} (it has ${known || 'none'})`)
  }
  // Loaded here only: it takes longer than a whole lint of a small folder.
  const { KubeConfig: Loader } = await import('@kubernetes/client-node/dist/config.js')
  const config = new Loader()
  const entries = {
    clusters: merged.clusters.filter((one) => one.name === context['cluster']),
    users: merged.users.filter((one) => one.name === context['user']),
    contexts: [{ name, context }],
  }
  if (entries.clusters[0]?.cluster?.['server'] === undefined)
    throw new Error(`context ${name} names a cluster without a server`)
  config.loadFromString(JSON.stringify({ ...entries, 'current-context': name }))
  return accessOf(config, entries.users[0]?.user?.['tokenFile'])
}

async function accessOf(config: KubeConfig, tokenFile: unknown): Promise<ClusterAccess> {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error('the kubeconfig has no cluster')
  const user = config.getCurrentUser()
  const proxy = cluster.proxyUrl ?? proxyFor(cluster.server, process.env)
  config.clusters = [
    {
      ...cluster,
      ...(proxy === undefined ? {} : { proxyUrl: proxy }),
      // The library refuses plain HTTP unless it may skip the verification that plain HTTP has none of.
      ...(cluster.server.startsWith('http:') ? { skipTLSVerify: true } : {}),
    },
  ]
  if (user !== null) {
    const token = typeof tokenFile === 'string' && readFileSync(tokenFile, 'utf8')
    config.users = [{ ...user, ...(token ? { token: token.trim() } : {}), ...forPlugin(user.exec, cluster) }]
  }
  const options: RequestOptions = { rejectUnauthorized: cluster.skipTLSVerify !== true }
  await config.applyToHTTPSOptions(options).catch((error: Error) => {
    throw new Error(`no credentials for ${cluster.server}: ${error.message.trim() || 'the plugin failed'}`)
  })
  return { server: cluster.server, options }
}

interface Plugin {
  readonly apiVersion?: string
  readonly env?: readonly { readonly name: string; readonly value: string }[]
  readonly provideClusterInfo?: boolean
}

/** Plugins are told by a variable what is asked of them (client.authentication.k8s.io ExecCredential); many refuse to work without. */
function forPlugin(
  exec: Plugin | undefined,
  { server, caData }: { readonly server: string; readonly caData?: string },
): { readonly exec?: Plugin } {
  if (!exec) return {}
  const cluster = exec.provideClusterInfo
    ? { cluster: { server, ...(caData ? { 'certificate-authority-data': caData } : {}) } }
    : {}
  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...cluster },
  }
  const told = { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }
  return { exec: { ...exec, env: [...(exec.env ?? []), told] } }
}
