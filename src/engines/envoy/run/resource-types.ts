// The xDS resource types in make-before-break order: what is referred to comes before what refers to it.

export const RESOURCE_TYPES = [
  'clusters',
  'endpoints',
  'secrets',
  'listeners',
  'routes',
  'virtualHosts',
] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

/** The protobuf type of each. */
export const messageTypes: Readonly<Record<ResourceType, string>> = {
  clusters: 'envoy.config.cluster.v3.Cluster',
  endpoints: 'envoy.config.endpoint.v3.ClusterLoadAssignment',
  secrets: 'envoy.extensions.transport_sockets.tls.v3.Secret',
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
  virtualHosts: 'envoy.config.route.v3.VirtualHost',
}

const PREFIX = 'type.googleapis.com/'
export const typeUrl = (type: ResourceType): string => PREFIX + messageTypes[type]

/** The resource type of a type URL, or undefined for one that is not served. */
export function resourceType(url: string): ResourceType | undefined {
  return RESOURCE_TYPES.find((type) => typeUrl(type) === url)
}

/** Types that a client takes whole without naming anything. Envoy's VHDS client names nothing either: it filters by the table in the resource name. */
export const wildcardTypes: ReadonlySet<ResourceType> = new Set(['clusters', 'listeners', 'virtualHosts'])
