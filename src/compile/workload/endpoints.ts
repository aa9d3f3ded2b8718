// The ready endpoints of a Service port, from its EndpointSlices.
import type { Endpoint } from '../../ir/cluster.ts'
import { type EndpointSlice, SERVICE_NAME_LABEL, type SliceEndpoint } from '../../resources/endpoint-slice.ts'
import { ENDPOINT_SLICE } from '../../resources/kinds.ts'
import { withPlace } from '../../resources/node.ts'
import { readKeys, readMesh, readObject } from '../graph/inputs.ts'
import { query, type Read, splitKey } from '../graph/query.ts'
import { spiffeOf } from '../mesh/identity.ts'
import { sliceLocality } from './locality.ts'
import { type PodFacts, podFacts } from './pod-facts.ts'

/** The key of the Service that a slice belongs to. */
const serviceOfSlice = query<string | undefined>('service-of-slice', (read, key) => {
  const metadata = readObject<EndpointSlice>(read, ENDPOINT_SLICE, key)?.object.metadata
  const name = metadata?.labels?.[SERVICE_NAME_LABEL]
  return name === undefined ? undefined : `${metadata?.namespace}/${name}`
})

const slicesByService = query<ReadonlyMap<string, readonly string[]>>('slices-by-service', (read) => {
  const index = new Map<string, string[]>()
  for (const key of readKeys(read, ENDPOINT_SLICE)) {
    const service = read(serviceOfSlice, key)
    if (service === undefined) continue
    const slices = index.get(service)
    if (slices === undefined) index.set(service, [key])
    else slices.push(key)
  }
  return index
})

/** An endpoint with the labels of its pod and its place, by which subsets choose. */
export interface ServiceEndpoint extends Endpoint {
  readonly labels: Readonly<Record<string, string>>
  readonly serviceAccount?: string
}

function toEndpoint(read: Read, slice: SliceEndpoint, port: number): readonly ServiceEndpoint[] {
  if (slice.conditions?.ready === false) return []
  const target = slice.targetRef
  const pod = target?.kind === 'Pod' ? read(podFacts, `${target.namespace}/${target.name}`) : undefined
  const locality = pod === undefined ? sliceLocality(read, slice) : pod.locality
  return slice.addresses.map((address) => ({
    address,
    port,
    healthy: true,
    ...(locality === undefined ? {} : { locality }),
    ...(pod?.role === 'sidecar' ? { tlsMode: 'istio' as const } : {}),
    ...(pod === undefined
      ? {}
      : {
          workload: workloadOf(read, pod),
          serviceAccount: pod.serviceAccount,
        }),
    labels: withPlace(pod?.labels ?? {}, locality, pod?.node),
  }))
}

function workloadOf(read: Read, pod: PodFacts): NonNullable<Endpoint['workload']> {
  const { namespace, workload, name, serviceAccount, labels, role } = pod
  const { app, version } = labels
  return {
    namespace,
    name: workload,
    pod: name,
    ...(app === undefined ? {} : { app }),
    ...(version === undefined ? {} : { version }),
    ...(role === 'sidecar'
      ? { principal: spiffeOf(readMesh(read).trustDomain, namespace, serviceAccount) }
      : {}),
  }
}

/** Sorted by address: the ready endpoints of a Service port, keyed by `namespace/name portName`. */
export const serviceEndpoints = query<readonly ServiceEndpoint[]>(
  'service-endpoints',
  (read, key) => {
    const [service, portName] = splitKey(key)
    return (read(slicesByService, '').get(service) ?? [])
      .flatMap((sliceKey) => {
        const slice = readObject<EndpointSlice>(read, ENDPOINT_SLICE, sliceKey)?.object
        const port = slice?.ports?.find((one) => (one.name ?? '') === portName)?.port
        if (slice === undefined || port === undefined) return []
        return (slice.endpoints ?? []).flatMap((endpoint) => toEndpoint(read, endpoint, port))
      })
      .sort((a, b) => (a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1))
  },
  () => [],
)

/** The endpoint as the model holds it. */
export function modelEndpoint({ labels, serviceAccount, ...endpoint }: ServiceEndpoint): Endpoint {
  return endpoint
}
