// The Endpoints object and the EndpointSlices that a Service should have, as data.
import { createHash } from 'node:crypto'
import type {
  EndpointSlice,
  EndpointSubset,
  Endpoints,
  Service,
  SliceEndpoint,
} from '../../objects/service.ts'
import { controlledBy } from '../owner.ts'
import { groupByPorts, type Member, targetRef } from './members.ts'

export const SLICE_SERVICE_LABEL = 'kubernetes.io/service-name'
export const SLICE_MANAGER_LABEL = 'endpointslice.kubernetes.io/managed-by'
export const SLICE_MANAGER = 'endpointslice-controller.k8s.io'
export const MIRROR_MANAGER = 'endpointslicemirroring-controller.k8s.io'
const SLICE_SIZE = 100

/** The Endpoints object of a Service with a selector. Terminating pods are not in it. */
export function desiredEndpoints(service: Service, members: readonly Member[]): Endpoints {
  const headless = service.spec.clusterIP === 'None'
  const subsets: EndpointSubset[] = []
  const current = members.filter((member) => !member.terminating || member.ready)
  for (const group of groupByPorts(current, headless).values()) {
    const addresses = group.filter((member) => member.ready).map(address)
    const notReadyAddresses = group.filter((member) => !member.ready).map(address)
    const ports = group[0]?.ports ?? []
    subsets.push({
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    })
  }
  const { name, namespace } = service.metadata
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...service.metadata.labels, ...(headless ? { 'service.kubernetes.io/headless': '' } : {}) },
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  }
}

function address(member: Member) {
  const nodeName = member.pod.spec.nodeName
  return { ip: member.ip, ...(nodeName === undefined ? {} : { nodeName }), targetRef: targetRef(member.pod) }
}

/** The EndpointSlices of a Service with a selector, at least one. Names depend on ports and position only, so that a change touches few slices. */
export function desiredSlices(service: Service, members: readonly Member[]): EndpointSlice[] {
  const groups = groupByPorts(members, service.spec.clusterIP === 'None')
  if (groups.size === 0) groups.set('[]', [])
  const slices: EndpointSlice[] = []
  for (const [key, group] of groups) {
    for (let start = 0; start === 0 || start < group.length; start += SLICE_SIZE) {
      const part = group.slice(start, start + SLICE_SIZE)
      slices.push(slice(service, SLICE_MANAGER, `${key} ${start}`, part.map(endpoint), part[0]?.ports ?? []))
    }
  }
  return slices
}

function endpoint(member: Member): SliceEndpoint {
  const nodeName = member.pod.spec.nodeName
  return {
    addresses: [member.ip],
    conditions: { ready: member.ready, serving: member.serving, terminating: member.terminating },
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: targetRef(member.pod),
  }
}

/** Slices for Endpoints that a user wrote for a Service without selector. */
export function mirroredSlices(service: Service, endpoints: Endpoints): EndpointSlice[] {
  return (endpoints.subsets ?? []).map((subset, index) => {
    const list = [
      ...(subset.addresses ?? []).map((one) => ({ one, ready: true })),
      ...(subset.notReadyAddresses ?? []).map((one) => ({ one, ready: false })),
    ].map(({ one, ready }) => ({
      addresses: [one.ip],
      conditions: { ready },
      ...(one.nodeName === undefined ? {} : { nodeName: one.nodeName }),
      ...(one.targetRef === undefined ? {} : { targetRef: one.targetRef }),
    }))
    return slice(service, MIRROR_MANAGER, `mirror ${index}`, list, subset.ports ?? [])
  })
}

function slice(
  service: Service,
  manager: string,
  key: string,
  endpoints: readonly SliceEndpoint[],
  ports: EndpointSlice['ports'],
): EndpointSlice {
  const { name, namespace } = service.metadata
  const suffix = createHash('sha256').update(key).digest('hex').slice(0, 5)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...service.metadata.labels,
        [SLICE_SERVICE_LABEL]: name,
        [SLICE_MANAGER_LABEL]: manager,
        ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      ownerReferences: [controlledBy(service)],
    },
    addressType: 'IPv4',
    endpoints,
    // A port without name is stored with the empty name.
    ports: ports.map((port) => ({ ...port, name: port.name ?? '' })),
  }
}
