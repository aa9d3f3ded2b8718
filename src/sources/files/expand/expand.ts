// A folder as a cluster would run it: pods, addresses and endpoints for what is only described, and the platform it takes for granted.

import { refOf } from '../../../resources/object.ts'
import { type Deployment, type Pod, PROXY_ANNOTATION } from '../../../resources/pod.ts'
import type { Service } from '../../../resources/service.ts'
import type { Resource } from '../../../resources/snapshot.ts'
import { type Addresses, createAddresses } from './addresses.ts'
import { expandEndpoints } from './endpoints.ts'
import { platformObjects } from './platform-objects.ts'
import { expandPods } from './pods.ts'

function doorsIn(resources: readonly Resource[]): ReadonlySet<'alb' | 'gateway'> {
  const kinds = resources.flatMap(({ object }): ('alb' | 'gateway')[] => {
    const template = (object as Deployment).spec?.template?.metadata?.annotations
    const annotations = object.kind === 'Pod' ? (object as Pod).metadata.annotations : template
    const proxy = annotations?.[PROXY_ANNOTATION]
    if (proxy === 'alb' || proxy === 'gateway') return [proxy]
    return annotations?.['inject.istio.io/templates'] === 'gateway' ? ['gateway'] : []
  })
  return new Set(kinds)
}

function withAddresses(service: Service, addresses: Addresses): Service {
  const { spec, status } = service
  if (spec?.type === 'ExternalName') return service
  const clusterIP = spec?.clusterIP ?? addresses.service()
  const front =
    status?.loadBalancer?.ingress ??
    (spec?.type === 'LoadBalancer' ? [{ ip: addresses.loadBalancer() }] : undefined)
  return {
    ...service,
    spec: { ...spec, clusterIP },
    ...(front === undefined ? {} : { status: { loadBalancer: { ingress: front } } }),
  }
}

const kindIs =
  (kind: string) =>
  (resource: Resource): boolean =>
    resource.object.kind === kind

/** Everything a running cluster would add to these objects; `platform` says which doors are assumed when there are none (default both). The same folder gives the same addresses. */
export function expand(
  resources: readonly Resource[],
  options: { readonly platform?: readonly ('alb' | 'gateway')[] } = {},
): readonly Resource[] {
  const addresses = createAddresses()
  const present = new Set(
    resources.map(({ object }) => `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`),
  )
  const platform = platformObjects(doorsIn(resources), options.platform ?? ['alb', 'gateway'])
    .filter((object) => !present.has(`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`))
    .map(
      (object): Resource => ({
        object,
        origin: (field) => ({ object: refOf(object), ...(field === '' ? {} : { field }) }),
      }),
    )
  const all = [...platform, ...resources]
  const services = all
    .filter(kindIs('Service'))
    .map(({ object, origin }): Resource => ({ object: withAddresses(object as Service, addresses), origin }))
  const pods = expandPods(all, addresses)
  const slices = expandEndpoints(services, pods, all.filter(kindIs('EndpointSlice')))
  const rest = all.filter(({ object }) => object.kind !== 'Service' && object.kind !== 'Pod')
  return [...rest, ...services, ...pods, ...slices]
}
