// What a Service gets from the cluster: addresses, families and node ports. Values that a client leaves out are carried over from the stored object.
import { isDeepStrictEqual } from 'node:util'
import { SERVICE } from '../../resources/kinds.ts'
import { keyOf } from '../../resources/object.ts'
import { ApiError } from '../client.ts'
import type { RuleContext } from '../kind.ts'
import { addressPool, ipv4Number, ipv4Text, NODE_PORTS, pick } from './address-pool.ts'
import {
  asService,
  isExternal,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  type Service,
  type ServicePort,
  type ServiceSpec,
} from './service-type.ts'

/** The Service with everything allocated that it needs. What a client asked for is left as it is, for validation to judge. */
export function allocate(service: Service, old: Service | undefined, context: RuleContext): Service {
  const carried = old ? carryOver(dropWhatNoLongerApplies(service, old), old) : syncNewAddresses(service)
  const spec = withNodePorts(withAddresses(carried.spec, carried, context), carried, context)
  return { ...carried, spec }
}

/** Numbers that other Services hold. */
export function takenBy(others: readonly Service[]): {
  readonly addresses: ReadonlySet<number>
  readonly nodePorts: ReadonlySet<number>
} {
  const addresses = new Set<number>()
  const nodePorts = new Set<number>()
  for (const { spec } of others) {
    for (const ip of spec.clusterIPs ?? []) {
      const number = ipv4Number(ip)
      if (number !== undefined) addresses.add(number)
    }
    for (const { nodePort } of spec.ports ?? []) if (nodePort) nodePorts.add(nodePort)
    if (spec.healthCheckNodePort) nodePorts.add(spec.healthCheckNodePort)
  }
  return { addresses, nodePorts }
}

/** All Services but this one. */
export function otherServices(service: Service, context: RuleContext): Service[] {
  const own = keyOf(service.metadata)
  return context
    .list(SERVICE)
    .filter((other) => keyOf(other.metadata) !== own)
    .map(asService)
}

/** A client that knows `clusterIP` only has its value put into `clusterIPs` too. */
function syncNewAddresses(service: Service): Service {
  const { clusterIP, clusterIPs } = service.spec
  if (!clusterIP || (clusterIPs && clusterIPs.length > 0)) return service
  return { ...service, spec: { ...service.spec, clusterIPs: [clusterIP] } }
}

/** A change of type takes away what the new type has no use for, unless the client changed that too (then validation speaks). */
function dropWhatNoLongerApplies(service: Service, old: Service): Service {
  const spec: Record<string, unknown> = { ...service.spec }
  const [before, after] = [old.spec, service.spec]
  const dropIfKept = (...fields: (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (isDeepStrictEqual(before[field], after[field])) delete spec[field]
  }
  if (needsClusterIp(before) && !needsClusterIp(after)) {
    if (before.clusterIP === after.clusterIP) dropIfKept('clusterIP', 'clusterIPs')
    dropIfKept('ipFamilies', 'ipFamilyPolicy')
  }
  if (needsNodePort(before) && !needsNodePort(after) && after.ports) {
    const had = new Set((before.ports ?? []).map((port) => port.nodePort))
    const added = after.ports.some((port) => port.nodePort !== undefined && !had.has(port.nodePort))
    if (!added) spec['ports'] = after.ports.map(({ nodePort: _gone, ...port }) => port)
  }
  if (needsHealthCheckPort(before) && !needsHealthCheckPort(after)) dropIfKept('healthCheckNodePort')
  if (before.type === 'LoadBalancer' && after.type !== 'LoadBalancer') {
    dropIfKept('allocateLoadBalancerNodePorts', 'loadBalancerClass')
  }
  if (isExternal(before) && !isExternal(after)) dropIfKept('externalTrafficPolicy')
  const dropped = { ...service, spec: spec as ServiceSpec }
  return after.type === 'LoadBalancer' ? dropped : { ...dropped, status: { loadBalancer: {} } }
}

/** Old clients replace an object without repeating what was allocated to it. */
function carryOver(service: Service, old: Service): Service {
  let spec = service.spec
  const before = old.spec
  if (needsClusterIp(before) && needsClusterIp(spec)) {
    if (!spec.clusterIP && before.clusterIP) spec = { ...spec, clusterIP: before.clusterIP }
    const changed = spec.clusterIP !== before.clusterIP
    const plural = spec.clusterIPs ?? []
    if (changed && spec.clusterIP && (plural.length === 0 || isDeepStrictEqual(plural, before.clusterIPs))) {
      spec = { ...spec, clusterIPs: [spec.clusterIP] }
    } else if (plural.length === 0 && before.clusterIPs) spec = { ...spec, clusterIPs: before.clusterIPs }
    if (!spec.ipFamilyPolicy && before.ipFamilyPolicy) {
      spec = { ...spec, ipFamilyPolicy: before.ipFamilyPolicy }
    }
    if (!spec.ipFamilies && before.ipFamilies) spec = { ...spec, ipFamilies: before.ipFamilies }
  }
  if (needsNodePort(before) && needsNodePort(spec) && spec.ports) {
    spec = { ...spec, ports: carryNodePorts(spec.ports, before.ports ?? []) }
  }
  if (needsHealthCheckPort(before) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort) {
    const { healthCheckNodePort } = before
    if (healthCheckNodePort) spec = { ...spec, healthCheckNodePort }
  }
  return { ...service, spec }
}

/** By port name, so that a port keeps its node port when its number changes. */
function carryNodePorts(ports: readonly ServicePort[], before: readonly ServicePort[]): ServicePort[] {
  const used = new Set(ports.map((port) => port.nodePort))
  const byName = new Map(before.map((port) => [port.name ?? '', port.nodePort]))
  return ports.map((port) => {
    const nodePort = byName.get(port.name ?? '')
    return port.nodePort || !nodePort || used.has(nodePort) ? port : { ...port, nodePort }
  })
}

function withAddresses(spec: ServiceSpec, service: Service, context: RuleContext): ServiceSpec {
  if (!needsClusterIp(spec)) return spec
  const families = withFamilies(spec)
  if (isHeadless(spec) || (spec.clusterIPs?.length ?? 0) > 0) return families
  const { addresses } = takenBy(otherServices(service, context))
  const number = pick(addressPool(context.serviceCidr), keyOf(service.metadata), addresses)
  if (number === undefined) throw exhausted('failed to allocate a serviceIP: range is full')
  const clusterIP = ipv4Text(number)
  return { ...families, clusterIP, clusterIPs: [clusterIP] }
}

/** The cluster has IPv4 only. A headless Service without selector says both, as its addresses are whatever its endpoints have. */
function withFamilies(spec: ServiceSpec): ServiceSpec {
  const anyFamily = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? (anyFamily ? 'RequireDualStack' : 'SingleStack')
  const both = anyFamily && ipFamilyPolicy !== 'SingleStack'
  const ipFamilies = spec.ipFamilies ?? (both ? ['IPv4', 'IPv6'] : ['IPv4'])
  return { ...spec, ipFamilyPolicy, ipFamilies }
}

function withNodePorts(spec: ServiceSpec, service: Service, context: RuleContext): ServiceSpec {
  if (!needsNodePort(spec)) return spec
  const automatic = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false
  const missing = automatic && (spec.ports ?? []).some((port) => !port.nodePort)
  const needsHealth = needsHealthCheckPort(spec) && !spec.healthCheckNodePort
  if (!missing && !needsHealth) return spec
  const taken = new Set(takenBy(otherServices(service, context)).nodePorts)
  for (const { nodePort } of spec.ports ?? []) if (nodePort) taken.add(nodePort)
  // ports of the same number and different protocols share a node port
  const byPort = new Map<number, number>()
  for (const { port, nodePort } of spec.ports ?? []) if (nodePort) byPort.set(port, nodePort)
  const next = (use: string): number => {
    const number = pick(NODE_PORTS, `${keyOf(service.metadata)}:${use}`, taken)
    if (number === undefined) throw exhausted('failed to allocate a nodePort: range is full')
    taken.add(number)
    return number
  }
  const ports = (spec.ports ?? []).map((port): ServicePort => {
    if (port.nodePort || !automatic) return port
    const nodePort = byPort.get(port.port) ?? next(String(port.port))
    byPort.set(port.port, nodePort)
    return { ...port, nodePort }
  })
  return { ...spec, ports, ...(needsHealth ? { healthCheckNodePort: next('health') } : {}) }
}

const exhausted = (message: string): ApiError => new ApiError(500, 'InternalError', message)
