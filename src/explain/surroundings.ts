// What surrounds a model for a trace, from the objects alone: the addresses of names, and the endpoints behind Service addresses.
import type { Endpoint } from '../ir/cluster.ts'
import type { Listener } from '../ir/listener.ts'
import type { Model } from '../ir/proxy.ts'
import { type EndpointSlice, SERVICE_NAME_LABEL } from '../resources/endpoint-slice.ts'
import { ENDPOINT_SLICE, SERVICE } from '../resources/kinds.ts'
import type { Service } from '../resources/service.ts'
import { listOf, type Snapshot } from '../resources/snapshot.ts'
import { selectVirtualHost } from './select.ts'
import type { TraceContext } from './trace.ts'

/**
 * The context of a trace over a model and its snapshot. `resolve` answers names first (a cluster's zones); what it does not know is a
 * Service's name, or a host that the ALB or, failing that, a gateway serves.
 */
export function surroundings(
  model: Model,
  snapshot: Snapshot,
  resolve: (name: string) => string | undefined = () => undefined,
): TraceContext {
  const pointer = (name: string) => serviceAddress(snapshot, name) ?? doorOf(model, name)
  return {
    model,
    now: snapshot.time,
    resolve: (name) => resolve(name) ?? pointer(name)?.address,
    resolvedBy: (name) => (resolve(name) === undefined ? pointer(name)?.by : 'a domain of the cluster'),
    service: (address, port) => endpointsBehind(snapshot, address, port),
  }
}

interface Pointer {
  readonly address: string
  readonly by: string
}

const addressesOf = ({ spec, status }: Service): readonly string[] => [
  ...(spec?.clusterIP && spec.clusterIP !== 'None' ? [spec.clusterIP] : []),
  ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
]

/** `svc`, `svc.ns`, … are left to the search list of a real resolver: only names with their namespace are known here. */
function serviceAddress(snapshot: Snapshot, name: string): Pointer | undefined {
  const parts = name.toLowerCase().split('.')
  const found = listOf<Service>(snapshot, SERVICE).find(
    ({ object: { metadata } }) => metadata.name === parts[0] && metadata.namespace === parts[1],
  )
  const rest = parts.slice(2).join('.')
  const address =
    found && ['', 'svc', `svc.${snapshot.platform.clusterDomain}`].includes(rest)
      ? addressesOf(found.object)[0]
      : undefined
  return address === undefined ? undefined : { address, by: `Service ${parts[1]}/${parts[0]}` }
}

/** The outermost address of the first door that serves a host: clients come in by the load balancer, which stands last in `binds`. */
function doorOf(model: Model, name: string): Pointer | undefined {
  for (const kind of ['alb', 'gateway'] as const)
    for (const proxy of model.proxies)
      for (const listener of proxy.kind === kind ? proxy.listeners : []) {
        const address = serves(listener, name) ? listener.binds.at(-1)?.address : undefined
        if (address !== undefined) return { address, by: `the first door that serves it: ${proxy.id}` }
      }
  return undefined
}

const serves = (listener: Listener, name: string): boolean =>
  listener.filterChains.some(
    ({ match, handler }) =>
      match.serverNames?.includes(name) ||
      (handler.kind === 'http' && selectVirtualHost(handler.routes, name) !== undefined),
  )

function endpointsBehind(snapshot: Snapshot, address: string, port: number): readonly Endpoint[] | undefined {
  const service = listOf<Service>(snapshot, SERVICE).find(({ object }) =>
    addressesOf(object).includes(address),
  )?.object
  const servicePort = service?.spec?.ports?.find((one) => one.port === port)
  if (!service || !servicePort) return undefined
  const slices = listOf<EndpointSlice>(snapshot, ENDPOINT_SLICE).filter(
    ({ object: { metadata } }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.labels?.[SERVICE_NAME_LABEL] === service.metadata.name,
  )
  return slices.flatMap(({ object }) => {
    const target = object.ports?.find(({ name = '' }) => name === (servicePort.name ?? ''))?.port
    if (target === undefined) return []
    return (object.endpoints ?? []).flatMap(({ addresses, conditions }) =>
      addresses.map((one) => ({ address: one, port: target, healthy: conditions?.ready !== false })),
    )
  })
}
