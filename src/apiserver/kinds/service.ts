// Service: a stable address in front of pods, with what the cluster allocates to it.
import { SERVICE } from '../../resources/kinds.ts'
import type { KindDefinition } from '../kind.ts'
import { builtinVersion } from '../openapi/builtin-schema.ts'
import { forbidden } from '../validation/field-error.ts'
import { dns1035Label } from '../validation/names.ts'
import { AGE, age, column, formatLabels, NAME, orNone } from './columns.ts'
import { loadBalancerErrors, loadBalancerText } from './load-balancer-status.ts'
import { allocate } from './service-allocation.ts'
import {
  asService,
  isExternal,
  isHeadless,
  type Service,
  type ServicePort,
  type ServiceSpec,
} from './service-type.ts'
import { serviceErrors } from './service-validation.ts'

const CLIENT_IP_SECONDS = 10_800

export const serviceKind: KindDefinition = {
  ref: SERVICE,
  singular: 'service',
  listKind: 'ServiceList',
  shortNames: ['svc'],
  categories: ['all'],
  versions: [builtinVersion('', 'v1', 'Service')],
  subresources: { status: true },
  builtin: true,
  deleteReturnsObject: true,
  allowCreateOnUpdate: true,
  validateName: (name) => dns1035Label(name)[0],

  default: (object) => {
    const service = asService(object)
    const spec = defaultSpec(service.spec)
    return { ...service, spec, status: defaultStatus(service.status, spec.type) } as Service
  },

  prepare: (object, old, context) =>
    context.subresource === undefined ? allocate(asService(object), old && asService(old), context) : object,

  validate: (object, old, context) => {
    const service = asService(object)
    if (context.subresource === 'status') return statusErrors(service)
    return serviceErrors(service, old && asService(old), context)
  },

  warnings: (object) => specWarnings(asService(object).spec),

  selectableFields: {
    'spec.clusterIP': (object) => asService(object).spec.clusterIP ?? '',
    'spec.type': (object) => asService(object).spec.type ?? '',
  },
  table: {
    columns: [
      NAME,
      column(
        'Type',
        'string',
        'How the service is reached: ClusterIP, NodePort, LoadBalancer or ExternalName.',
      ),
      column('Cluster-IP', 'string', 'Its address inside the cluster, None when it is headless.'),
      column('External-IP', 'string', 'Its addresses from outside.'),
      column('Port(s)', 'string', 'Ports, node ports and protocols.'),
      AGE,
      column('Selector', 'string', 'Labels of the pods behind it.', 1),
    ],
    cells: (object, now) => {
      const service = asService(object)
      const { spec } = service
      return [
        object.metadata.name,
        spec.type ?? '',
        spec.clusterIPs?.[0] ?? '<none>',
        externalAddress(service),
        orNone((spec.ports ?? []).map(portText).join(',')),
        age(object, now),
        formatLabels(spec.selector),
      ]
    },
  },
}

function defaultSpec(given: ServiceSpec): ServiceSpec {
  const type = given.type || 'ClusterIP'
  const sessionAffinity = given.sessionAffinity || 'None'
  const { sessionAffinityConfig, ports, ...rest } = given
  const spec: ServiceSpec = { ...rest, type, sessionAffinity }
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? CLIENT_IP_SECONDS
  return {
    ...spec,
    ...(ports ? { ports: ports.map(defaultPort) } : {}),
    ...(sessionAffinity === 'ClientIP'
      ? { sessionAffinityConfig: { clientIP: { timeoutSeconds: timeout } } }
      : {}),
    ...(isExternal(spec) && !spec.externalTrafficPolicy ? { externalTrafficPolicy: 'Cluster' } : {}),
    ...(type !== 'ExternalName' && !spec.internalTrafficPolicy ? { internalTrafficPolicy: 'Cluster' } : {}),
    ...(type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === undefined
      ? { allocateLoadBalancerNodePorts: true }
      : {}),
  }
}

function defaultPort(port: ServicePort): ServicePort {
  return { ...port, protocol: port.protocol || 'TCP', targetPort: port.targetPort || port.port }
}

function defaultStatus(status: Service['status'], type: string | undefined): Service['status'] {
  const loadBalancer = status?.loadBalancer ?? {}
  const { ingress } = loadBalancer
  if (!ingress || type !== 'LoadBalancer') return { ...status, loadBalancer }
  const defaulted = ingress.map((entry) => (entry.ip && !entry.ipMode ? { ...entry, ipMode: 'VIP' } : entry))
  return { ...status, loadBalancer: { ...loadBalancer, ingress: defaulted } }
}

function statusErrors(service: Service) {
  const { loadBalancer } = service.status ?? {}
  if (service.spec.type !== 'LoadBalancer' && (loadBalancer?.ingress?.length ?? 0) > 0) {
    return [forbidden('status.loadBalancer.ingress', "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  return loadBalancerErrors(loadBalancer)
}

function specWarnings(spec: ServiceSpec): string[] {
  const warnings: string[] = []
  const hasExternalIps = (spec.externalIPs?.length ?? 0) > 0
  if (spec.type === 'ClusterIP' && isHeadless(spec)) {
    if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (hasExternalIps) warnings.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None')
      warnings.push('spec.SessionAffinity is ignored for headless services')
  }
  if (spec.type === 'ExternalName' && hasExternalIps) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  }
  return warnings
}

function externalAddress({ spec, status }: Service): string {
  const own = spec.externalIPs ?? []
  switch (spec.type) {
    case 'ExternalName':
      return spec.externalName ?? ''
    case 'LoadBalancer': {
      const balancer = loadBalancerText(status?.loadBalancer)
      const all = [...(balancer === '' ? [] : [balancer]), ...own]
      return all.length > 0 ? all.join(',') : '<pending>'
    }
    default:
      return orNone(own.join(','))
  }
}

const portText = ({ port, nodePort, protocol }: ServicePort): string =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
