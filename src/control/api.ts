// The API server of a cluster, with its certificates and the kubeconfig that fits.
import type { AdmissionPlugin } from '../apiserver/kind.ts'
import type { PodLogs } from '../apiserver/pod-logs.ts'
import type { PodStreams } from '../apiserver/pod-streams.ts'
import { startApiServer } from '../apiserver/server.ts'
import type { ApiServer } from '../apiserver/server-options.ts'
import type { AddressPlan } from '../cluster/addresses/plan.ts'
import { type ApiAuthority, openApiAuthority } from '../pki/api-authority.ts'
import type { KindRef } from '../resources/object.ts'
import type { ServiceAccountTokens } from './account-tokens.ts'
import type { ClusterPaths } from './data/paths.ts'
import { writeFileAtomic } from './data/write-file.ts'
import { kubeconfig } from './kubeconfig.ts'
import { version } from './package-root.ts'
import { UserError } from './user-error.ts'

/** Logical port of the API server. */
const API_PORT = 6443

export interface ApiOptions {
  readonly name: string
  readonly paths: ClusterPaths
  readonly addresses: AddressPlan
  /** Nothing of the objects is kept. */
  readonly ephemeral: boolean
  readonly admission: readonly AdmissionPlugin[]
  readonly accountTokens: ServiceAccountTokens
  readonly podLogs: PodLogs
  readonly podStreams: PodStreams
  readonly settled: (kind: KindRef) => Promise<void>
  readonly log: (line: string) => void
}

export interface RunningApi {
  readonly server: ApiServer
  /** PEM of the CA that signed the server's certificate. */
  readonly root: string
  /** The kubeconfig's text, as it is in the data folder. */
  readonly kubeconfig: string
}

/** Throws UserError when the address is busy. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { addresses, paths } = options
  const authority = await openApiAuthority({ folder: paths.pki })
  const listen = addresses.locate(addresses.apiServer, API_PORT)
  const server = await startApiServer({
    store: options.ephemeral ? 'memory' : { file: paths.state },
    listen,
    tls: serverTls(authority, addresses, listen.host),
    serviceCidr: addresses.serviceCidr,
    admission: options.admission,
    accountTokens: options.accountTokens.issue,
    tokens: (token) => options.accountTokens.user(token),
    podLogs: options.podLogs,
    podStreams: options.podStreams,
    settled: options.settled,
    buildName: `sallyport-${version}`,
    report: options.log,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new UserError(
      `the address of the API server, ${listen.host}:${listen.port}, is in use by another program`,
      `Stop that program. (The cluster keeps its addresses, ${addresses.range}, in ${paths.cluster}.)`,
      error,
    )
  })
  options.accountTokens.use(server.client)
  const administrator = authority.issueClient('kubernetes-admin', ['system:masters'])
  const text = kubeconfig({
    name: options.name,
    server: server.url,
    authority: authority.root,
    certificate: administrator.chain,
    key: administrator.key,
  })
  writeFileAtomic(paths.kubeconfig, text)
  return { server, root: authority.root, kubeconfig: text }
}

function serverTls(authority: ApiAuthority, addresses: AddressPlan, host: string) {
  const inside = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  // The first address of the Service range is that of Service `kubernetes`.
  const service = addresses.serviceCidr.replace(/\.0\/\d+$/, '.1')
  const ip = [...new Set([addresses.apiServer, host, '127.0.0.1', service])]
  const issued = authority.issueServer({ dns: ['localhost', ...inside], ip })
  return { cert: issued.chain, key: issued.key, clientCa: authority.root }
}
