// Which places a Service is reached at, and the endpoints behind each: the role of kube-proxy's rules, as data.
import { PROXY_ANNOTATION } from '../../resources/pod.ts'
import { targetPort } from '../controllers/endpoints/members.ts'
import type { Pod } from '../objects/pod.ts'
import type { EndpointSlice, Service, ServicePort } from '../objects/service.ts'
import { matchesLabels } from '../selector.ts'

export interface Backend {
  readonly address: string
  readonly port: number
}

/** One logical (address, port) to listen at. */
export interface Front {
  readonly address: string
  readonly port: number
  readonly backends: readonly Backend[]
  /** Connections of one client go to one endpoint, for this long after the last one. */
  readonly affinityMs?: number
}

export interface ServiceInput {
  readonly service: Service
  /** The Service's slices. */
  readonly slices: readonly EndpointSlice[]
  /** Pods of the Service's namespace. */
  readonly pods: Iterable<Pod>
  readonly nodeAddress: string
}

/**
 * All places of a Service that are ours to serve. A Service in front of a proxy (ALB, gateway) is bound by that proxy itself, except for
 * its node ports. A place without endpoint is not served: connections are refused, as kube-proxy rejects them.
 */
export function frontsOf({ service, slices, pods, nodeAddress }: ServiceInput): Front[] {
  const { spec } = service
  if (spec.type === 'ExternalName' || service.metadata.deletionTimestamp !== undefined) return []
  const proxies = proxyPods(service, pods)
  const addresses = proxies.length > 0 ? [] : serviceAddresses(service)
  const affinityMs =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) * 1000
      : undefined
  return (spec.ports ?? [])
    .filter((port) => (port.protocol ?? 'TCP') === 'TCP')
    .flatMap((port) => {
      const backends = proxies.length > 0 ? proxyBackends(proxies, port) : backendsOf(slices, port.name ?? '')
      if (backends.length === 0) return []
      const places = addresses.map((address) => ({ address, port: port.port }))
      if (port.nodePort) places.push({ address: nodeAddress, port: port.nodePort })
      return places.map((place) => ({
        ...place,
        backends,
        ...(affinityMs === undefined ? {} : { affinityMs }),
      }))
    })
}

function proxyPods(service: Service, pods: Iterable<Pod>): Pod[] {
  return [...pods].filter(
    (pod) =>
      pod.metadata.annotations?.[PROXY_ANNOTATION] !== undefined &&
      matchesLabels(service.spec.selector, pod.metadata.labels),
  )
}

function proxyBackends(pods: readonly Pod[], port: ServicePort): Backend[] {
  return pods.flatMap((pod) => {
    const number = targetPort(port, pod)
    const address = pod.status?.podIP
    return number === undefined || address === undefined ? [] : [{ address, port: number }]
  })
}

function serviceAddresses(service: Service): string[] {
  const { clusterIP, externalIPs } = service.spec
  const own = clusterIP && clusterIP !== 'None' ? [clusterIP] : []
  const balancers = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
  // Addresses of other machines are not ours to bind.
  const external = (externalIPs ?? []).filter((address) => address.startsWith('127.'))
  return [...new Set([...own, ...balancers, ...external])]
}

/** Ready endpoints; while there is none, those that still serve though their pod is ending. */
function backendsOf(slices: readonly EndpointSlice[], portName: string): Backend[] {
  const all = slices.flatMap((slice) => {
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port
    if (port === undefined) return []
    return (slice.endpoints ?? []).flatMap((endpoint) =>
      endpoint.addresses.map((address) => ({ address, port, conditions: endpoint.conditions })),
    )
  })
  const ready = all.filter(({ conditions }) => conditions?.ready !== false)
  const usable =
    ready.length > 0 ? ready : all.filter(({ conditions }) => conditions?.serving && conditions.terminating)
  return usable
    .map(({ address, port }) => ({ address, port }))
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port))
}
