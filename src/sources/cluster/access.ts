// What a request to a cluster's API needs, wherever it comes from; and the shortest way to it, for the kubeconfig that sallyport writes itself.
import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { parse } from 'yaml'

export interface ClusterAccess {
  /** Without a slash at the end. */
  readonly server: string
  /** Trust, identity, headers and agent, as node:https takes them. */
  readonly options: RequestOptions
}

interface OwnKubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ]
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ]
}

/** The access of a cluster that runs here. */
export function ownAccess(path: string): ClusterAccess {
  const config = parse(readFileSync(path, 'utf8')) as OwnKubeconfig
  const [{ cluster }] = config.clusters
  const [{ user }] = config.users
  const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
  return {
    server: cluster.server,
    options: {
      ca: bytes(cluster['certificate-authority-data']),
      cert: bytes(user['client-certificate-data']),
      key: bytes(user['client-key-data']),
    },
  }
}
