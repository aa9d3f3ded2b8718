// Which pods stand behind a Service, at which ports: the common base of Endpoints and EndpointSlices.
import { isFinished, isReady, type Pod } from '../../objects/pod.ts'
import type { EndpointPort, Service, ServicePort } from '../../objects/service.ts'
import { matchesLabels } from '../../selector.ts'

/** One pod of a Service. */
export interface Member {
  readonly pod: Pod
  readonly ip: string
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** Service ports as the pod has them; a named target port that it lacks is left out. */
  readonly ports: readonly EndpointPort[]
}

/** The pods that the Service's selector takes and that have an address, by name. */
export function membersOf(service: Service, pods: Iterable<Pod>): Member[] {
  const members: Member[] = []
  for (const pod of pods) {
    const ip = pod.status?.podIP
    if (pod.metadata.namespace !== service.metadata.namespace || ip === undefined || isFinished(pod)) continue
    if (!matchesLabels(service.spec.selector, pod.metadata.labels)) continue
    const serving = service.spec.publishNotReadyAddresses === true || isReady(pod)
    const terminating = pod.metadata.deletionTimestamp !== undefined
    const ready = serving && (!terminating || service.spec.publishNotReadyAddresses === true)
    members.push({ pod, ip, ready, serving, terminating, ports: portsOf(service, pod) })
  }
  return members.sort((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod)
    return number === undefined ? [] : [endpointPort(port, number)]
  })
}

/** The number of a Service port's target in a pod; undefined when the pod has no port of that name. */
export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  for (const container of containers) {
    const found = container.ports?.find(
      (one) => one.name === target && (one.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    )
    if (found) return found.containerPort
  }
  return undefined
}

function endpointPort(port: ServicePort, number: number): EndpointPort {
  return {
    ...(port.name === undefined || port.name === '' ? {} : { name: port.name }),
    port: number,
    protocol: port.protocol ?? 'TCP',
    ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
  }
}

/** Members grouped by equal ports (a named port may differ between pods); members without any port are left out. */
export function groupByPorts(members: readonly Member[], headless: boolean): Map<string, Member[]> {
  const groups = new Map<string, Member[]>()
  for (const member of members) {
    if (member.ports.length === 0 && !headless) continue
    const key = JSON.stringify(member.ports)
    groups.set(key, [...(groups.get(key) ?? []), member])
  }
  return groups
}

/** The reference under which an endpoint names its pod. */
export function targetRef(pod: Pod): { kind: string; namespace?: string; name: string; uid?: string } {
  const { namespace, name, uid } = pod.metadata
  return {
    kind: 'Pod',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
  }
}
