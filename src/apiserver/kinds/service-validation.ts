// What is wrong with a Service, in the words of the API server.
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { FieldError, RuleContext } from '../kind.ts'
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/field-error.ts'
import { validateLabels } from '../validation/metadata.ts'
import { dns1123Subdomain, qualifiedName } from '../validation/names.ts'
import { addressPool, ipv4Number, isIn, NODE_PORTS } from './address-pool.ts'
import { otherServices, takenBy } from './service-allocation.ts'
import { portErrors } from './service-port-validation.ts'
import {
  HEADLESS,
  isExternal,
  isHeadless,
  needsHealthCheckPort,
  type Service,
  type ServiceSpec,
} from './service-type.ts'

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"

/** Errors of a Service that has its defaults and allocations. */
export function serviceErrors(
  service: Service,
  old: Service | undefined,
  context: RuleContext,
): FieldError[] {
  const { spec } = service
  return [
    ...(old ? changeErrors(spec, old.spec) : []),
    ...typeErrors(spec),
    ...portErrors(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...affinityErrors(spec),
    ...addressErrors(spec),
    ...loadBalancerErrors(spec),
    ...trafficErrors(spec),
    ...allocationErrors(service, old, context),
  ]
}

function typeErrors(spec: ServiceSpec): FieldError[] {
  const { type = '', ports = [], clusterIPs = [] } = spec
  const errors: FieldError[] = []
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') errors.push(required('spec.ports'))
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    errors.push(invalid('spec.clusterIPs[0]', HEADLESS, `may not be set to 'None' for ${type} services`))
  }
  if (type === 'ExternalName') {
    const detail = 'may not be set for ExternalName services'
    if (clusterIPs.length > 0) errors.push(forbidden('spec.clusterIPs', detail))
    if ((spec.ipFamilies?.length ?? 0) > 0) errors.push(forbidden('spec.ipFamilies', detail))
    if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', detail))
    const name = (spec.externalName ?? '').replace(/\.$/, '')
    if (name === '') errors.push(required('spec.externalName'))
    else errors.push(...dns1123Subdomain(name).map((text) => invalid('spec.externalName', name, text)))
  }
  const supported = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
  if (!supported.includes(type)) errors.push(notSupported('spec.type', type, supported))
  return errors
}

function affinityErrors({ sessionAffinity = '', sessionAffinityConfig }: ServiceSpec): FieldError[] {
  const supported = ['ClientIP', 'None']
  if (!supported.includes(sessionAffinity)) {
    return [notSupported('spec.sessionAffinity', sessionAffinity, supported)]
  }
  if (sessionAffinity === 'None') {
    return sessionAffinityConfig
      ? [forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')]
      : []
  }
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0
  return seconds > 0 && seconds <= 86_400
    ? []
    : [
        invalid(
          'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
          seconds,
          'must be greater than 0 and less than 86400',
        ),
      ]
}

function addressErrors(spec: ServiceSpec): FieldError[] {
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalIPs = [], type } = spec
  const errors: FieldError[] = []
  externalIPs.forEach((ip, index) => {
    if (isIP(ip) === 0) errors.push(invalid(`spec.externalIPs[${index}]`, ip, IP_TEXT))
  })
  if (type === 'ExternalName') return errors
  const field = 'spec.clusterIPs'
  if (clusterIP === '') {
    if (clusterIPs.length > 0) {
      errors.push(invalid(field, clusterIPs, 'must be empty when `clusterIP` is not specified'))
    }
  } else if (clusterIPs[0] !== clusterIP) {
    errors.push(invalid(field, clusterIPs, 'first value must match `clusterIP`'))
  }
  const families = ['IPv4', 'IPv6']
  ipFamilies.forEach((family, index) => {
    const at = `spec.ipFamilies[${index}]`
    if (!families.includes(family)) errors.push(notSupported(at, family, families))
    else if (ipFamilies.indexOf(family) < index) errors.push(duplicate(at, family))
    else if (family === 'IPv6' && !isHeadless(spec)) {
      errors.push(invalid(at, family, 'not configured on this cluster'))
    }
  })
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies))
  } else if (ipFamilyPolicy === 'RequireDualStack' && !isHeadless(spec)) {
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        ipFamilyPolicy,
        'this cluster is not configured for dual-stack services',
      ),
    )
  }
  clusterIPs.forEach((ip, index) => {
    if (ip === HEADLESS) {
      if (clusterIPs.length > 1)
        errors.push(invalid(field, clusterIPs, "'None' must be the first and only value"))
    } else if (isIP(ip) === 0) errors.push(invalid(`${field}[${index}]`, ip, IP_TEXT))
  })
  if (clusterIPs.length > 2) errors.push(invalid(field, clusterIPs, 'may only hold up to 2 values'))
  else if (clusterIPs.length === 2 && isIP(clusterIPs[0] ?? '') === isIP(clusterIPs[1] ?? '')) {
    errors.push(invalid(field, clusterIPs, 'may specify no more than one IP for each IP family'))
  }
  return errors
}

function loadBalancerErrors(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const isLoadBalancer = spec.type === 'LoadBalancer'
  // upstream's spelling of the path
  const ranges = 'spec.LoadBalancerSourceRanges'
  const sourceRanges = spec.loadBalancerSourceRanges ?? []
  if (sourceRanges.length > 0 && !isLoadBalancer) errors.push(forbidden(ranges, ONLY_LOAD_BALANCER))
  sourceRanges.forEach((range, index) => {
    const [ip = '', bits = '', ...more] = range.trim().split('/')
    const max = isIP(ip) === 6 ? 128 : 32
    if (isIP(ip) === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > max) {
      errors.push(
        invalid(
          `${ranges}[${index}]`,
          range.trim(),
          'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ),
      )
    }
  })
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER))
  }
  const { loadBalancerClass } = spec
  if (loadBalancerClass !== undefined) {
    if (!isLoadBalancer) errors.push(forbidden('spec.loadBalancerClass', ONLY_LOAD_BALANCER))
    else {
      errors.push(
        ...qualifiedName(loadBalancerClass).map((text) =>
          invalid('spec.loadBalancerClass', loadBalancerClass, text),
        ),
      )
    }
  }
  return errors
}

function trafficErrors(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = []
  const {
    externalTrafficPolicy = '',
    internalTrafficPolicy,
    healthCheckNodePort = 0,
    trafficDistribution,
  } = spec
  const policies = ['Cluster', 'Local']
  if (!isExternal(spec)) {
    if (externalTrafficPolicy !== '') {
      errors.push(
        invalid(
          'spec.externalTrafficPolicy',
          externalTrafficPolicy,
          'may only be set for externally-accessible services',
        ),
      )
    }
  } else if (!policies.includes(externalTrafficPolicy)) {
    errors.push(notSupported('spec.externalTrafficPolicy', externalTrafficPolicy, policies))
  }
  if (healthCheckNodePort !== 0 && !needsHealthCheckPort(spec)) {
    errors.push(
      invalid(
        'spec.healthCheckNodePort',
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    )
  }
  if (internalTrafficPolicy !== undefined && !policies.includes(internalTrafficPolicy)) {
    errors.push(notSupported('spec.internalTrafficPolicy', internalTrafficPolicy, policies))
  }
  const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, distributions))
  }
  return errors
}

/** What may not change once it is allocated. */
function changeErrors(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return []
  const errors: FieldError[] = []
  const [ips, oldIps] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  if (oldIps.length > 0 && ips[0] !== oldIps[0]) {
    const detail = ips.length === 0 ? 'primary clusterIP can not be unset' : 'may not change once set'
    errors.push(invalid('spec.clusterIPs[0]', ips, detail))
  }
  const [families, oldFamilies] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  if (!isHeadless(old) && !isHeadless(spec) && oldFamilies.length > 0 && families[0] !== oldFamilies[0]) {
    errors.push(invalid('spec.ipFamilies[0]', families, 'may not change once set'))
  }
  const bothBalanced = spec.type === 'LoadBalancer' && old.type === 'LoadBalancer'
  if (bothBalanced && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'))
  }
  if (
    needsHealthCheckPort(spec) &&
    needsHealthCheckPort(old) &&
    spec.healthCheckNodePort !== old.healthCheckNodePort
  ) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'))
  }
  return errors
}

/** Numbers that a client asked for: in range, and nobody else's. */
function allocationErrors(service: Service, old: Service | undefined, context: RuleContext): FieldError[] {
  const { spec } = service
  const before = old?.spec
  if (before && isDeepStrictEqual([spec.clusterIPs, spec.ports], [before.clusterIPs, before.ports])) return []
  const errors: FieldError[] = []
  const { addresses, nodePorts } = takenBy(otherServices(service, context))
  const held = new Set((before?.ports ?? []).map((port) => port.nodePort))
  const fault = (number: number): string | undefined => {
    if (!isIn(NODE_PORTS, number)) {
      return 'provided port is not in the valid range. The range of valid ports is 30000-32767'
    }
    return nodePorts.has(number) && !held.has(number) ? 'provided port is already allocated' : undefined
  }
  ;(spec.ports ?? []).forEach(({ nodePort }, index) => {
    const detail = nodePort ? fault(nodePort) : undefined
    if (detail) errors.push(invalid(`spec.ports[${index}].nodePort`, nodePort, detail))
  })
  // an address that is there already cannot change, which is told elsewhere
  if ((before?.clusterIPs?.length ?? 0) > 0) return errors
  for (const ip of spec.clusterIPs ?? []) {
    const number = ipv4Number(ip)
    if (number === undefined) continue
    const problem = !isIn(addressPool(context.serviceCidr), number)
      ? `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${context.serviceCidr}`
      : addresses.has(number)
        ? 'provided IP is already allocated'
        : undefined
    if (problem) {
      errors.push(invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${ip}: ${problem}`))
    }
  }
  return errors
}
