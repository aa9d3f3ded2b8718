// EndpointSlices that the Services of a folder would have, from its pods.
import { type EndpointSlice, SERVICE_NAME_LABEL } from '../../../resources/endpoint-slice.ts'
import type { Pod } from '../../../resources/pod.ts'
import type { Service, ServicePort } from '../../../resources/service.ts'
import type { Resource } from '../../../resources/snapshot.ts'

const isSelected = (selector: Readonly<Record<string, string>>, pod: Pod): boolean =>
  Object.entries(selector).every(([name, value]) => pod.metadata.labels?.[name] === value)

function targetOf(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target
  return (pod.spec?.containers ?? [])
    .flatMap((container) => container.ports ?? [])
    .find((one) => one.name === target)?.containerPort
}

const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false

function sliceOf(service: Service, pods: readonly Pod[], index: number): EndpointSlice {
  const { namespace = 'default', name } = service.metadata
  const [first] = pods
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: `${name}-${index}`, labels: { [SERVICE_NAME_LABEL]: name } },
    addressType: 'IPv4',
    ports: (service.spec?.ports ?? []).flatMap((port) => {
      const target = first === undefined ? undefined : targetOf(port, first)
      return target === undefined
        ? []
        : [{ name: port.name ?? '', port: target, protocol: port.protocol ?? 'TCP' }]
    }),
    endpoints: pods.map((pod) => ({
      addresses: [pod.status?.podIP ?? ''],
      conditions: { ready: isReady(pod) },
      targetRef: { kind: 'Pod', namespace, name: pod.metadata.name },
    })),
  }
}

/** Pods with the same target ports share a slice, as in Kubernetes (a named port may differ from pod to pod). */
function grouped(service: Service, pods: readonly Pod[]): readonly (readonly Pod[])[] {
  const groups = new Map<string, Pod[]>()
  for (const pod of pods) {
    const ports = (service.spec?.ports ?? []).map((port) => targetOf(port, pod)).join(',')
    const group = groups.get(ports)
    if (group === undefined) groups.set(ports, [pod])
    else group.push(pod)
  }
  return [...groups.values()]
}

/** Slices for every Service with a selector that has none in the folder. */
export function expandEndpoints(
  services: readonly Resource[],
  pods: readonly Resource[],
  written: readonly Resource[],
): readonly Resource[] {
  const having = new Set(
    written.map(
      ({ object }) => `${object.metadata.namespace}/${object.metadata.labels?.[SERVICE_NAME_LABEL]}`,
    ),
  )
  return services.flatMap((resource) => {
    const service = resource.object as Service
    const { namespace, name } = service.metadata
    const selector = service.spec?.selector
    if (selector === undefined || Object.keys(selector).length === 0 || having.has(`${namespace}/${name}`))
      return []
    const chosen = pods
      .map(({ object }) => object as Pod)
      .filter((pod) => pod.metadata.namespace === namespace && isSelected(selector, pod))
    return grouped(service, chosen).map((group, index) => ({
      object: sliceOf(service, group, index),
      origin: () => resource.origin(''),
    }))
  })
}
