// Every place where one proxy of the model connects to another: what it would say in the handshake, and which chain that meets.

import type { Cluster, Endpoint } from '../../ir/cluster.ts'
import type { FilterChain, Listener } from '../../ir/listener.ts'
import type { Model, Proxy } from '../../ir/proxy.ts'
import { HeaderLines } from '../header-lines.ts'
import type { Approach } from '../hop.ts'
import { selectFilterChain } from '../select.ts'
import { upstreamClient } from '../upstream-client.ts'
import { type ClusterUse, clusterKey } from './cluster-uses.ts'

export interface Edge {
  readonly from: Proxy
  readonly cluster: Cluster
  readonly uses: readonly ClusterUse[]
  readonly to: Proxy
  readonly listener: Listener
  readonly approach: Approach
  /** Absent: no chain takes the connection. */
  readonly chain?: FilterChain
}

/** What listens at an address, if a proxy of the model does. */
export type ListenerAt = (address: string, port: number) => readonly [Proxy, Listener] | undefined

/** An approach of nobody in particular: only what the cluster makes of it counts. */
const start = (authority: string): Approach => ({
  address: '',
  port: 0,
  opening: { transport: 'plaintext', alpn: [] },
  client: { name: '', chain: [], trust: 'off' },
  sourceIp: '',
  flight: {
    ...{ method: 'GET', scheme: 'http', authority, target: '/' },
    ...{ version: 'HTTP/1.1', headers: new HeaderLines() },
  },
})

/** A host that a pattern stands for. */
const sample = (domain: string): string =>
  domain === '*' ? 'any.invalid' : domain.startsWith('*.') ? `any${domain.slice(1)}` : domain

function edgesTo(
  listenerAt: ListenerAt,
  from: Proxy,
  cluster: Cluster,
  uses: readonly ClusterUse[],
): readonly Edge[] {
  const seen = new Set<string>()
  return cluster.endpoints
    .filter(({ healthy }) => healthy)
    .flatMap((endpoint: Endpoint) => {
      const met = listenerAt(endpoint.address, endpoint.port)
      if (met === undefined) return []
      const [to, listener] = met
      // A sidecar knows every Service of the mesh; that it could reach a door says nothing of anybody who does.
      if (from.kind === 'sidecar' && to.kind !== 'sidecar') return []
      // Replicas of one workload answer alike.
      const kind = `${to.workload.namespace}/${to.workload.name} ${listener.name} ${endpoint.tlsMode ?? ''}`
      if (seen.has(kind)) return []
      seen.add(kind)
      const host = sample(uses[0]?.authorities[0] ?? '*')
      const approach = upstreamClient(from, cluster, endpoint, start(host).flight, start(host))
      const chain = selectFilterChain(listener, approach.opening)
      return [{ from, cluster, uses, to, listener, approach, ...(chain === undefined ? {} : { chain }) }]
    })
}

/** All edges of the model. A cluster that several proxies share (the same object) and that leads from equals is looked at once. */
export function edgesOf(
  model: Model,
  uses: ReadonlyMap<string, readonly ClusterUse[]>,
  listenerAt: ListenerAt,
): readonly Edge[] {
  const shared = new Set<Cluster>()
  return model.proxies.flatMap((from) =>
    from.clusters.flatMap((cluster) => {
      if (cluster.refuse !== undefined || shared.has(cluster)) return []
      if (from.kind === 'sidecar') shared.add(cluster)
      return edgesTo(listenerAt, from, cluster, uses.get(clusterKey(from.id, cluster.name)) ?? [])
    }),
  )
}
