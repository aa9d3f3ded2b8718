// A sidecar as a proxy: the inbound and outbound side of one injected pod.
import type { Proxy } from '../../ir/proxy.ts'
import { POD } from '../../resources/kinds.ts'
import { readKeys, readObject } from '../graph/inputs.ts'
import { query, type Read } from '../graph/query.ts'
import { policiesFor } from '../security/authorization.ts'
import { observed, withCollectors } from '../telemetry/observe.ts'
import { podFacts } from '../workload/pod-facts.ts'
import type { Client } from './cluster.ts'
import { clustersFor } from './clusters-of.ts'
import { identityOf } from './identity.ts'
import { inboundSide } from './inbound.ts'
import { vantageOf } from './locality/vantage.ts'
import { outboundSide } from './outbound.ts'

/** The keys of all injected pods that have an address. */
export const sidecarKeys = query<readonly string[]>('sidecar-keys', (read) =>
  readKeys(read, POD).filter((key) => read(podFacts, key)?.role === 'sidecar'),
)

/** The sidecar of a pod by `namespace/name`. */
export const sidecarProxy = query<Proxy | undefined>('sidecar', (read: Read, key) => {
  const pod = read(podFacts, key)
  const resource = readObject(read, POD, key)
  if (pod === undefined || resource === undefined) return undefined
  const origin = resource.origin('')
  const policies = policiesFor(read, pod.namespace, pod.labels)
  const inbound = inboundSide(read, pod, policies, origin)
  const outbound = outboundSide(read, pod)
  const identity = identityOf(read, pod)
  // Authorizers that no route leads to.
  const { namespace, serviceAccount } = pod
  const client: Client = { kind: 'sidecar', namespace, serviceAccount, vantage: vantageOf(read, pod) }
  const asked = clustersFor(read, client, inbound.listeners).filter(
    ({ name }) => !outbound.clusters.some((one) => one.name === name),
  )
  return {
    id: `sidecar/${key}`,
    kind: 'sidecar',
    workload: {
      namespace: pod.namespace,
      name: pod.workload,
      serviceAccount: pod.serviceAccount,
      labels: pod.labels,
    },
    addresses: pod.addresses,
    ...(pod.locality === undefined ? {} : { locality: pod.locality }),
    listeners: [
      ...observed(read, key, 'inbound', inbound.listeners),
      ...observed(read, key, 'outbound', [outbound.listener]),
    ],
    clusters: withCollectors(
      read,
      key,
      ['inbound', 'outbound'],
      [...inbound.clusters, ...outbound.clusters, ...asked].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ),
    ...(identity === undefined ? {} : { identity }),
    origin,
  }
})
