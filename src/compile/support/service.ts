// Service and EndpointSlice: what of them routing acts on.
import type { Support } from './declaration.ts'

export const serviceSupport: Support = {
  kind: 'Service',
  summary: 'Clusters of all proxies; cluster IPs and load balancer addresses of what stands behind.',
  fields: [
    'spec.type',
    'spec.clusterIP',
    'spec.clusterIPs[]',
    'spec.externalIPs[]',
    'spec.selector.*',
    'spec.publishNotReadyAddresses',
    'spec.ports[].name',
    'spec.ports[].port',
    'spec.ports[].targetPort',
    'spec.ports[].protocol',
    'spec.ports[].appProtocol',
    'spec.ports[].nodePort',
    'spec.loadBalancerIP',
    'spec.loadBalancerClass',
    'spec.healthCheckNodePort',
    'spec.trafficDistribution',
  ],
  inert: {
    'spec.sessionAffinity': ['None'],
    'spec.internalTrafficPolicy': ['Cluster'],
    'spec.externalTrafficPolicy': ['Cluster', 'Local'],
    'spec.ipFamilies': [['IPv4']],
    'spec.ipFamilyPolicy': ['SingleStack', 'PreferDualStack'],
    'spec.allocateLoadBalancerNodePorts': [true, false],
  },
  notes: {
    'spec.externalName':
      'An ExternalName Service has no endpoints here: requests to it are answered 501 or 503.',
    'spec.sessionAffinity': 'Affinity by client address is not supported.',
    'spec.loadBalancerSourceRanges': 'Sources are not restricted: use an AuthorizationPolicy with ipBlocks.',
    'spec.ipFamilies': 'Addresses are IPv4.',
  },
}
