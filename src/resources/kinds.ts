// The kinds that our code itself reads or writes. The API server serves these and every CRD; docs/compatibility.md lists what is acted on.
import type { KindRef } from './object.ts'

const kind = (group: string, version: string, name: string, plural: string, namespaced = true): KindRef => ({
  group,
  version,
  kind: name,
  plural,
  namespaced,
})

export const NAMESPACE = kind('', 'v1', 'Namespace', 'namespaces', false)
export const NODE = kind('', 'v1', 'Node', 'nodes', false)
export const SECRET = kind('', 'v1', 'Secret', 'secrets')
export const CONFIG_MAP = kind('', 'v1', 'ConfigMap', 'configmaps')
export const SERVICE = kind('', 'v1', 'Service', 'services')
export const SERVICE_ACCOUNT = kind('', 'v1', 'ServiceAccount', 'serviceaccounts')
export const ENDPOINTS = kind('', 'v1', 'Endpoints', 'endpoints')
export const POD = kind('', 'v1', 'Pod', 'pods')
export const EVENT = kind('', 'v1', 'Event', 'events')
export const ENDPOINT_SLICE = kind('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices')
export const DEPLOYMENT = kind('apps', 'v1', 'Deployment', 'deployments')
export const REPLICA_SET = kind('apps', 'v1', 'ReplicaSet', 'replicasets')
export const INGRESS = kind('networking.k8s.io', 'v1', 'Ingress', 'ingresses')
export const INGRESS_CLASS = kind('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', false)
export const CRD = kind(
  'apiextensions.k8s.io',
  'v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
)
export const LEASE = kind('coordination.k8s.io', 'v1', 'Lease', 'leases')
export const GATEWAY = kind('networking.istio.io', 'v1', 'Gateway', 'gateways')
export const VIRTUAL_SERVICE = kind('networking.istio.io', 'v1', 'VirtualService', 'virtualservices')
export const DESTINATION_RULE = kind('networking.istio.io', 'v1', 'DestinationRule', 'destinationrules')
export const PEER_AUTHENTICATION = kind(
  'security.istio.io',
  'v1',
  'PeerAuthentication',
  'peerauthentications',
)
export const REQUEST_AUTHENTICATION = kind(
  'security.istio.io',
  'v1',
  'RequestAuthentication',
  'requestauthentications',
)
export const TELEMETRY = kind('telemetry.istio.io', 'v1', 'Telemetry', 'telemetries')
export const AUTHORIZATION_POLICY = kind(
  'security.istio.io',
  'v1',
  'AuthorizationPolicy',
  'authorizationpolicies',
)
